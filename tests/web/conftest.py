"""The scene in which bad input is tried out."""

import pytest
from argon2 import PasswordHasher
from flask import Flask

from smartcart.admin.login import passwords
from tests.web.scene import Scene


@pytest.fixture
def scene(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scene:
    # Really, hashing takes 0.1 s each time.
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Scene(app)
