"""What stands in front of Flask, looked at from behind."""

from typing import Any

import pytest


def spy_on_next(middleware: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns a list that fills with the addresses of the requests that it hands on."""
    found: list[str] = []
    following = middleware._next

    def spy(environ: dict[str, Any], start_response: Any) -> Any:
        found.append(environ["PATH_INFO"])
        return following(environ, start_response)

    monkeypatch.setattr(middleware, "_next", spy)
    return found
