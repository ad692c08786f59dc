"""The scene in which bad input is tried out."""

import pytest
from flask import Flask

from tests.web.scene import Scene


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)
