"""Money that needs a person."""
