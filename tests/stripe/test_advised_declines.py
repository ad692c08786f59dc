"""A card that a bank never wants to see again, or not now: what its shopper reads, and what is refused here already."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.declines import MOST_DECLINES
from smartcart.rules.payment_states import State
from tests.payments.saved import cards
from tests.support.caller import by_cookie
from tests.support.databases import ON_SQLITE
from tests.support.refused import refusal
from tests.support.shopper import Shopper, product
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for

# What Stripe advises is the same on either.
pytestmark = ON_SQLITE

LOST, STOLEN, EMPTY, WRONG_CVC = "4000000000009987", "4000000000009979", "4000000000009995", "4000000000000127"


@pytest.fixture
def app(settings: Settings, stripe: StripeServer) -> Iterator[Flask]:
    app = create_app(settings.model_copy(update={"payment_timeout": 10.0}), stripe.gateway(patience=4.0))
    with app.app_context():
        yield app
    clock.freeze(None)


@pytest.fixture
def kept(shopper: Shopper, stripe: StripeServer) -> str:
    """A Mastercard that the shopper has let Stripe keep."""
    tried(shopper, stripe.token("5555555555554444"), State.COMPLETED, keep="1")
    [token] = wait_for(lambda: cards(shopper))
    return token


def tried(shopper: Shopper, method: str, state: State = State.INTERRUPTED, **fields: str) -> PaymentSession:
    """Order something and pay it; returns the session once it is in that state."""
    product("pin", stock=50)
    session = shopper.order("pin")
    assert shopper.pay(session, method, **fields).status_code == 303
    wait_for(lambda: queries.find(session).state is state)
    return queries.find(session)


def page_of(shopper: Shopper, session: PaymentSession) -> str:
    return shopper.get(f"/pay/{session.id}").text


@pytest.mark.parametrize("number", [LOST, STOLEN])
def test_a_lost_or_stolen_card_is_not_to_be_tried_again_and_nobody_is_told_why(
    shopper: Shopper, stripe: StripeServer, number: str
) -> None:
    session = tried(shopper, stripe.token(number))
    page = page_of(shopper, session)
    assert "Your bank declined the payment." in page
    assert "please use another card" in page
    assert "with the same" not in page
    assert not any(word in page for word in ("lost", "stolen", "reported"))
    assert by_cookie(shopper).session(session.id)["advice"] == "never"


def test_later_is_told_as_such_and_another_card_may_pay_at_once(shopper: Shopper, stripe: StripeServer) -> None:
    session = tried(shopper, stripe.token(EMPTY))
    assert "later; the bank does not say when" in page_of(shopper, session)
    shopper.pay(session.id, stripe.token())
    wait_for(lambda: queries.find(session.id).state is State.COMPLETED)
    assert queries.find(session.id).advice is None


def test_wrong_details_are_to_be_checked(shopper: Shopper, stripe: StripeServer) -> None:
    assert "check the card&#39;s details" in page_of(shopper, tried(shopper, stripe.token(WRONG_CVC)))


@pytest.mark.parametrize(
    "codes",
    [
        {"decline_code": "lost_card"},
        {"advice_code": "do_not_try_again"},
        {"network_advice_code": "03"},
        {"network_advice_code": "21"},
    ],
)
def test_a_saved_card_that_is_over_is_refused_here_and_costs_no_attempt(
    shopper: Shopper, stripe: StripeServer, kept: str, codes: dict[str, str]
) -> None:
    stripe.let_the_bank_say(**codes)
    session, charges = tried(shopper, kept), len(stripe.all("charge"))
    for order in (session.id, shopper.order()):
        before = queries.find(order).attempts
        answer = shopper.pay(order, kept)
        assert refusal(answer) == "CardRefused"
        assert "Nothing was taken; use another card." in shopper.get(answer.location).text
        assert queries.find(order).attempts == before
    assert len(stripe.all("charge")) == charges
    assert "Your bank declines it: please use another card." in shopper.get("/cards").text


def test_a_saved_card_that_is_to_rest_says_until_when_and_pays_after_that(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    stripe.let_the_bank_say(advice_code="try_again_later", network_advice_code="24")
    session = tried(shopper, kept)
    until = session.not_before
    assert until
    assert timedelta(minutes=50) < until - clock.now() <= timedelta(hours=1)
    assert f"this card not before {until:%d %b %Y, %H:%M}" in page_of(shopper, session)
    assert f"not before {until:%d %b %Y, %H:%M}" in shopper.get("/cards").text
    assert refusal(shopper.pay(session.id, kept)) == "CardRefused"
    stripe.let_the_bank_say()
    clock.freeze(until)
    tried(shopper, kept, State.COMPLETED)


def test_after_ten_declines_in_a_month_a_saved_card_is_to_rest(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    stripe.let_the_bank_say(decline_code="do_not_honor")
    for _ in range(MOST_DECLINES):
        tried(shopper, kept)
    order = shopper.order()
    assert refusal(shopper.pay(order, kept)) == "CardRefused"
    clock.freeze(clock.now() + timedelta(days=30))
    tried(shopper, kept)
