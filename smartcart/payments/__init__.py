"""Payments: the record that remembers, the desk where shopper, API and admin act, the reconciler that comes back."""
