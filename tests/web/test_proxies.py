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


def test_what_a_proxy_has_of_its_own_is_there_without_a_request(app: Flask) -> None:
    assert not isinstance(flask.request, Flask)
    assert not flask.request
    assert repr(flask.request) == "<LocalProxy unbound>"
    assert flask.request.__wrapped__ is not None  # type: ignore[attr-defined]
    with app.test_request_context("/"):
        assert flask.request._get_current_object() is flask.globals.request_ctx.request  # type: ignore[attr-defined]
        assert isinstance(flask.request, flask.Request)


def test_what_is_set_and_deleted_is_so_of_what_it_stands_for(app: Flask) -> None:
    with app.app_context():
        flask.g.colour = "red"
        assert (flask.g.colour, "colour" in flask.g) == ("red", True)
        del flask.g.colour
        assert not hasattr(flask.g, "colour")
