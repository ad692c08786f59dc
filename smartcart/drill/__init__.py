"""The drill: a shop of its own is killed while shoppers pay, and every promise is held against the books."""
