"""Passwords that are hashed cheaply. The usual hash takes a quarter of a second of a core, at each sign-in and at each
start of a shop that is given its owner's password; tests have hundreds of both."""

from argon2 import PasswordHasher

from smartcart.admin.login import passwords


def hash_cheaply() -> None:
    """From here on in this process."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
