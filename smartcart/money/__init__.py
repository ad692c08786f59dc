"""Sums of money: as people read them, and as they type them."""
