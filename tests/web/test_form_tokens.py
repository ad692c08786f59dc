"""The token of forms is Flask-WTF's own, made in another way."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g, render_template_string, session
from flask_wtf.csrf import generate_csrf, validate_csrf

from smartcart.web.cookies import CSRF, form_token


@contextmanager
def page_for_somebody_new(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        g.pop(CSRF, None)  # the tests have one for all their requests
        yield


def test_flask_wtf_takes_the_token_of_a_page(app: Flask) -> None:
    with page_for_somebody_new(app):
        validate_csrf(form_token())
        assert generate_csrf() == form_token() == render_template_string("{{ csrf_token() }}")


def test_a_page_has_the_token_that_flask_wtf_has_made_for_one_of_its_forms(app: Flask) -> None:
    with page_for_somebody_new(app):
        assert generate_csrf() == form_token()


def test_it_is_made_of_what_the_browser_proves(app: Flask) -> None:
    with page_for_somebody_new(app):
        secret, token = session[CSRF], form_token()
    with page_for_somebody_new(app):
        assert session[CSRF] != secret
        assert form_token() != token


def test_who_comes_back_soon_has_the_same(app: Flask) -> None:
    with page_for_somebody_new(app):
        secret, token = session[CSRF], form_token()
    with page_for_somebody_new(app):
        dict.__setitem__(session._get_current_object(), CSRF, secret)  # type: ignore[attr-defined]
        assert form_token() == token
        validate_csrf(token)
