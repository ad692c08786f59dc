"""What stands for the request at work is asked by a shorter way than werkzeug's, and answers the same."""

from typing import Any

import flask
import pytest
from flask import Flask
from werkzeug.local import _ProxyLookup

WERKZEUGS: Any = _ProxyLookup(getattr)


@pytest.mark.parametrize(
    ("proxy", "name"), [("request", "path"), ("session", "identities"), ("g", "get"), ("current_app", "name")]
)
def test_an_attribute_is_the_same(app: Flask, proxy: str, name: str) -> None:
    stands_for_it = getattr(flask, proxy)
    with app.test_request_context("/cart"), app.test_request_context("/"):
        assert getattr(stands_for_it, name) == WERKZEUGS.__get__(stands_for_it)(name)
        assert flask.request.path == "/"


@pytest.mark.usefixtures("app")
def test_what_is_not_there_is_missed_as_ever() -> None:
    for ask in (lambda: flask.request.path, lambda: WERKZEUGS.__get__(flask.request)("path")):
        with pytest.raises(RuntimeError, match="Working outside of request context"):
            ask()


def test_an_attribute_that_nobody_has_is_missed_as_ever(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(AttributeError, match="no attribute 'colour'"):
        flask.request.colour  # type: ignore[attr-defined]  # noqa: B018
