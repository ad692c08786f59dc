"""Cards that Stripe keeps for a shopper of ours: by consent, for them alone, and until they remove it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.payment_states import Money, State
from tests.payments.saved import cards, is_still_to_keep, turn_of_the_timetable
from tests.support.databases import ON_SQLITE
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE
from tests.support.waiting import wait_for

# What the shop writes down of kept cards is the same with the sandbox, and tested with it on both.
pytestmark = ON_SQLITE


@pytest.fixture
def app(settings: Settings, stripe: StripeServer) -> Iterator[Flask]:
    app = create_app(settings.model_copy(update={"payment_timeout": 10.0}), stripe.gateway(patience=2.0))
    with app.app_context():
        yield app


@pytest.fixture
def kept(shopper: Shopper, stripe: StripeServer) -> str:
    """A card that the shopper has let Stripe keep."""
    pay(shopper, stripe.token(), keep="1")
    return kept_card(shopper)


def pay(shopper: Shopper, method: str, state: State = State.COMPLETED, **fields: str) -> PaymentSession:
    """Order something and pay it; returns the session once it is in that state."""
    session = shopper.order()
    assert shopper.pay(session, method, **fields).status_code == 303
    return reached(session, state)


def reached(session: str, state: State) -> PaymentSession:
    wait_for(lambda: queries.find(session).state is state)
    return queries.find(session)


def kept_card(shopper: Shopper) -> str:
    [token] = wait_for(lambda: cards(shopper))
    return token


def intent_of(session: PaymentSession, stripe: StripeServer) -> dict[str, object]:
    [intent] = [each for each in stripe.all("payment_intent") if each["id"] == session.reference]
    return intent


def test_a_card_that_was_typed_once_pays_the_next_order(shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    assert "Visa ending in 4242" in shopper.get("/cards").text
    session = pay(shopper, kept)
    assert [charge["payment_intent"] for charge in stripe.charges()][-1] == session.reference
    assert len(stripe.charges()) == 2


def test_the_shop_holds_no_card_number(shopper: Shopper, kept: str, settings: Settings) -> None:
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    written = b"".join(part.read_bytes() for part in file.parent.glob(file.name + "*"))
    assert kept.encode() in written
    assert APPROVE.encode() not in written


def test_without_consent_stripe_makes_no_customer_and_sets_nothing_up(shopper: Shopper, stripe: StripeServer) -> None:
    session = pay(shopper, stripe.token())
    turn_of_the_timetable()
    intent = intent_of(session, stripe)
    assert (intent["customer"], intent["setup_future_usage"]) == (None, None)
    assert stripe.all("customer") == []


def test_all_cards_of_a_shopper_belong_to_one_customer(shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    again = pay(shopper, stripe.token(CHALLENGE), State.ACTION_REQUIRED, keep="1")
    stripe.confirm(again.reference or "")
    shopper.get(f"/pay/{again.id}/return")
    wait_for(lambda: len(cards(shopper)) == 2)
    assert len(stripe.all("customer")) == 1


def test_a_payment_is_fine_while_stripe_cannot_keep_its_card(shopper: Shopper, stripe: StripeServer) -> None:
    stripe.take_long("POST /v1/customers", 5.0)
    session = pay(shopper, stripe.token(), keep="1")
    assert session.money is Money.TAKEN
    assert is_still_to_keep(session.id)
    wait_for(lambda: turn_of_the_timetable() and cards(shopper), limit=20.0)
    assert not is_still_to_keep(session.id)


def test_the_bank_may_ask_about_a_kept_card_on_a_page_of_its_own(shopper: Shopper, stripe: StripeServer) -> None:
    first = pay(shopper, stripe.token(CHALLENGE), State.ACTION_REQUIRED, keep="1")
    stripe.confirm(first.reference or "")
    shopper.get(f"/pay/{first.id}/return")
    second = pay(shopper, kept_card(shopper), State.ACTION_REQUIRED)
    assert second.action_url.startswith(stripe.url)
    assert f'href="{second.action_url.replace("&", "&amp;")}"' in shopper.get(f"/pay/{second.id}").text
    stripe.confirm(second.reference or "")
    shopper.get(f"/pay/{second.id}/return")
    reached(second.id, State.COMPLETED)


def test_after_a_declined_card_the_kept_one_pays(shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    session = pay(shopper, stripe.token("4000000000000002"), State.INTERRUPTED, keep="1")
    shopper.pay(session.id, kept)
    assert intent_of(reached(session.id, State.COMPLETED), stripe)["setup_future_usage"] is None
    assert cards(shopper) == [kept]


def test_nobody_else_pays_with_it(app: Flask, shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    mallory, before = Shopper(app.test_client()), len(stripe.calls())
    for session in (mallory.order(), shopper.order()):
        for token in (kept, "pm_card_visa", f"{kept}x"):
            assert refusal(mallory.pay(session, token)) == "UnknownMethod"
        assert queries.find(session).attempts == 0
    assert len([call for call in stripe.calls()[before:] if call["method"] == "POST"]) == 0


def test_a_card_removed_here_is_detached_at_stripe_however_often_it_was_kept(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    again = pay(shopper, stripe.token(), keep="1")
    wait_for(lambda: not is_still_to_keep(again.id))
    assert cards(shopper) == [kept]
    assert len([each for each in stripe.all("payment_method") if each["customer"]]) == 2
    shopper.post(f"/cards/{kept}/remove")
    wait_for(lambda: not any(each["customer"] for each in stripe.all("payment_method")))
    assert cards(shopper) == []


def test_a_card_detached_at_stripe_takes_nothing_and_another_pays_and_is_kept(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    stripe.change(f"payment_method:{kept}", customer=None)
    session = pay(shopper, kept, State.INTERRUPTED)
    assert session.money is Money.NOT_TAKEN
    shopper.pay(session.id, stripe.token(), keep="1")
    reached(session.id, State.COMPLETED)
    assert len(stripe.charges()) == 2
    wait_for(lambda: not is_still_to_keep(session.id))
    assert kept not in cards(shopper)
    assert len(cards(shopper)) == 1
