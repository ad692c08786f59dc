"""Signing in to the admin: passwords, guesses, and which browsers are signed in."""
