"""Signatures of the shop's own: for one purpose, to the letter, by keys that are believed."""

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.web.signing import is_signed, signature
from tests.support.databases import ON_SQLITE

pytestmark = ON_SQLITE
TEXT = "session 1"


def test_what_was_signed_is_known(app: Flask) -> None:
    assert is_signed("link", TEXT, signature("link", TEXT))
    assert len(signature("link", TEXT)) == 22


@pytest.mark.parametrize("purpose", ["", "links", "shopper"])
def test_for_another_purpose_it_is_no_signature(app: Flask, purpose: str) -> None:
    assert not is_signed(purpose, TEXT, signature("link", TEXT))


@pytest.mark.parametrize("text", ["", "session 2", "session 1 "])
def test_of_another_text_it_is_none(app: Flask, text: str) -> None:
    assert not is_signed("link", text, signature("link", TEXT))


@pytest.mark.parametrize("by", ["", "A" * 22, "ä" * 22, "\0"])
def test_what_is_none_is_none(app: Flask, by: str) -> None:
    assert not is_signed("link", TEXT, by)


def test_written_in_another_way_it_is_none(app: Flask) -> None:
    made = signature("link", TEXT)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    written = [letter for letter in last if is_signed("link", TEXT, made[:-1] + letter)]
    assert written == [made[-1]]


def test_the_key_before_is_believed_and_signs_nothing(app: Flask, settings: Settings) -> None:
    made = signature("link", TEXT)
    changed = {"secret_key": "another key for tests", "secret_key_before": settings.secret_key}
    with create_app(settings.model_copy(update=changed)).app_context():
        assert is_signed("link", TEXT, made)
        assert signature("link", TEXT) != made
