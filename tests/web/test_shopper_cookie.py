"""The cookie by which a shopper is known: a signature of the usual kind, so that one given by another version holds."""

import pytest
from flask import Flask
from itsdangerous import Signer

from smartcart import create_app
from smartcart.config import Settings
from smartcart.web import shopper
from tests.support.databases import ON_SQLITE

pytestmark = ON_SQLITE
VALUE = "0.19abcdef012." + "a" * 32


def known(app: Flask, cookie: str) -> list[str]:
    return [found.id for found in shopper.identities_in(app, [(f"{shopper.PREFIX}aaaaaaaa", cookie)])]


def test_the_signature_is_the_usual_one(app: Flask) -> None:
    signed = Signer(str(app.config["SECRET_KEY"]), shopper.PURPOSE).sign(VALUE).decode()
    name, value = shopper.newcomer("a" * 32).cookie
    assert known(app, signed) == known(app, value) == ["a" * 32]
    assert name == f"{shopper.PREFIX}aaaaaaaa"


def test_one_of_the_secret_key_before_is_known_as_long_as_that_is_named(settings: Settings) -> None:
    changed = {"secret_key": "another key for tests", "secret_key_before": settings.secret_key}
    signed = Signer(settings.secret_key, shopper.PURPOSE).sign(VALUE).decode()
    assert known(create_app(settings.model_copy(update=changed)), signed) == ["a" * 32]


@pytest.mark.parametrize("key", ["another key", ""])
@pytest.mark.parametrize("purpose", ["shopper", "cards", ""])
def test_what_was_signed_with_another_key_or_for_something_else_is_nobodys(app: Flask, key: str, purpose: str) -> None:
    secret = key or str(app.config["SECRET_KEY"])
    signed = Signer(secret, purpose).sign(VALUE).decode()
    assert (known(app, signed) == []) is not (purpose == "shopper" and not key)


@pytest.mark.parametrize("cookie", ["", ".", VALUE, f"{VALUE}.", f"{VALUE}.AAAA", f"{VALUE}x.é"])
def test_what_is_not_signed_is_nobodys(app: Flask, cookie: str) -> None:
    assert known(app, cookie) == []


def test_that_one_was_believed_before_helps_no_other(app: Flask, settings: Settings) -> None:
    signed = Signer(settings.secret_key, shopper.PURPOSE).sign(VALUE).decode()
    elsewhere = create_app(settings.model_copy(update={"secret_key": "another key for tests"}))
    assert known(app, signed) == known(app, signed) == ["a" * 32]
    assert known(app, signed.replace("aaaa", "aaab", 1)) == []
    assert known(elsewhere, signed) == []


def test_what_is_longer_than_any_of_ours_is_not_remembered(app: Flask) -> None:
    longest = Signer("key", shopper.PURPOSE).sign(f"0.{'f' * 12}.{'a' * 32}").decode()
    assert len(longest) <= shopper.LONGEST
    remembered = shopper._proven.cache_info().currsize
    assert known(app, "a" * 4000) == []
    assert shopper._proven.cache_info().currsize == remembered
