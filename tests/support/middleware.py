"""What stands in front of Flask, looked at from behind."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.caller import Caller

Ask = Callable[..., TestResponse]


def spy_on_next(middleware: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns a list that fills with the addresses of the requests that it hands on."""
    found: list[str] = []
    following = middleware._next

    def spy(environ: dict[str, Any], start_response: Any) -> Any:
        found.append(environ["PATH_INFO"])
        return following(environ, start_response)

    monkeypatch.setattr(middleware, "_next", spy)
    return found


def asking_behind(middleware: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Returns what sends a caller's request as if there were neither this nor anything in front of it."""
    behind = middleware._next

    def ask(caller: Caller, *request: Any, **more: Any) -> TestResponse:
        with monkeypatch.context() as patch:
            patch.setattr(app, "wsgi_app", behind)
            return caller.send(*request, **more)

    return ask
