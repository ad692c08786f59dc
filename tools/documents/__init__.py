"""Documents, or parts of them, that are made from the code: what the code knows is written down once."""
