"""Stripe, through its own library."""
