"""Money that goes back: written down, called, settled."""
