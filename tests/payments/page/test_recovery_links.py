"""The address of a link to one payment, and which payment a token leads to."""

from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.payments.page import recovery_links
from smartcart.payments.page.recovery_links import LinkOver
from smartcart.rules.recovery_links import NoToken
from tests.support.shopper import Shopper

SHOP = "https://shop.example.org"


def token_of(session: str) -> str:
    return recovery_links.token(session, clock.now())


def test_it_leads_to_its_payment_alone(shopper: Shopper) -> None:
    first, second = shopper.order(), shopper.order()
    assert recovery_links.follow(token_of(first)).session_id == first
    assert recovery_links.follow(token_of(second)).session_id == second


def test_no_mail_program_breaks_it(shopper: Shopper) -> None:
    """Longer lines are broken in quoted-printable text (RFC 2045, section 6.7)."""
    session = shopper.order()
    address = recovery_links.address(session, SHOP, clock.now())
    assert address == f"{SHOP}/resume/{token_of(session)}"
    assert len(address) < 76
    assert address[-1].isalnum()
    assert session not in address


def test_that_of_the_same_moment_is_the_same(shopper: Shopper) -> None:
    session, moment = shopper.order(), clock.now()
    assert recovery_links.address(session, SHOP, moment) == recovery_links.address(session, SHOP, moment)


def test_changed_in_any_letter_it_leads_nowhere(shopper: Shopper) -> None:
    token = token_of(shopper.order())
    for place, letter in enumerate(token):
        for other in set("ABQgw_") - {letter}:  # of which some are the same last letter, decoded
            with pytest.raises(NoToken):
                recovery_links.follow(token[:place] + other + token[place + 1 :])


def test_after_seven_days_it_is_over(shopper: Shopper) -> None:
    session = shopper.order()
    of_old = recovery_links.token(session, clock.now() - timedelta(days=7, seconds=2))
    with pytest.raises(LinkOver):
        recovery_links.follow(of_old)


def test_one_that_was_on_its_way_while_the_key_was_changed_leads_there_still(
    app: Flask, shopper: Shopper, settings: Settings
) -> None:
    session = shopper.order()
    token = token_of(session)
    with create_app(with_key(settings, "another key for tests", settings.secret_key)).app_context():
        assert recovery_links.follow(token).session_id == session
        assert recovery_links.follow(token_of(session)).session_id == session
        assert token_of(session) != token
    with create_app(with_key(settings, "another key for tests")).app_context(), pytest.raises(NoToken):
        recovery_links.follow(token)


def with_key(settings: Settings, key: str, before: str = "") -> Settings:
    return settings.model_copy(update={"secret_key": key, "secret_key_before": before})
