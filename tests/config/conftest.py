"""A machine on which nothing is set."""

import os
from pathlib import Path

import pytest

from smartcart import places


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from this machine, and a place of one's own for what the first start makes."""
    for name in list(os.environ):
        if name.upper().startswith("SMARTCART_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(places, "CHECKOUT", tmp_path)
    monkeypatch.setenv("SMARTCART_DATA", str(tmp_path / "instance"))
    monkeypatch.setenv("SMARTCART_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.sqlite3'}")
