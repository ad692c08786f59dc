"""Cards and customers that somebody has deleted at Stripe: noticed, shown no more, and nobody else waits for them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.rules.payment_states import State
from tests.payments.saved import cards, is_still_to_keep, offered, turn_of_the_timetable
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.shopper import Shopper, product
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


@pytest.fixture
def app(settings: Settings, stripe: StripeServer, proxy: FaultProxy) -> Iterator[Flask]:
    app = create_app(settings.model_copy(update={"payment_timeout": 10.0}), stripe.gateway(proxy.url, patience=4.0))
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)


@pytest.fixture
def kept(shopper: Shopper, stripe: StripeServer) -> str:
    """A card that the shopper has let Stripe keep."""
    return keep(shopper, stripe)


def keep(shopper: Shopper, stripe: StripeServer) -> str:
    session = pay(shopper, stripe.token(), keep="1")
    wait_for(lambda: not is_still_to_keep(session.id))
    return cards(shopper)[-1]


def pay(shopper: Shopper, method: str, state: State = State.COMPLETED, **fields: str) -> PaymentSession:
    product("pin", stock=100)
    session = shopper.order("pin")
    assert shopper.pay(session, method, **fields).status_code == 303
    wait_for(lambda: queries.find(session).state is state)
    return queries.find(session)


def customer_of(stripe: StripeServer) -> str:
    return str(stripe.all("customer")[-1]["id"])


def is_forgotten(card: str) -> bool:
    """Whether nothing is left to be done about a card that was removed, after a turn of the timetable."""
    turn_of_the_timetable()
    db.session.rollback()
    return bool(db.session.query(SavedCard.forgotten_at).filter_by(token=card).scalar())


def detach(stripe: StripeServer, card: str) -> None:
    """Somebody takes a card from its customer on the dashboard."""
    stripe.change(f"payment_method:{card}", customer=None)


def test_a_card_that_is_gone_is_noticed_when_it_is_tried_and_offered_no_more(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    detach(stripe, kept)
    session = pay(shopper, kept, State.INTERRUPTED)
    page = shopper.get(f"/pay/{session.id}").text
    assert "This saved card is no longer there. Please use another way to pay." in page
    assert "declined" not in page
    assert kept not in offered(shopper, session.id)
    assert cards(shopper) == []
    shopper.pay(session.id, stripe.token())
    wait_for(lambda: queries.find(session.id).state is State.COMPLETED)


def test_with_a_customer_all_their_cards_are_gone(shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    stripe.delete_customer(customer_of(stripe))
    session = pay(shopper, kept, State.INTERRUPTED)
    assert "no longer there" in shopper.get(f"/pay/{session.id}").text
    assert cards(shopper) == []
    assert db.session.query(CardHolder).count() == 0


def test_after_that_a_new_card_is_kept_for_a_new_customer_and_pays(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    gone = customer_of(stripe)
    stripe.delete_customer(gone)
    new = keep(shopper, stripe)
    assert cards(shopper) == [new]
    assert [each["id"] for each in stripe.all("customer")] == [customer_of(stripe)] != [gone]
    pay(shopper, new)


def test_a_card_that_stripe_does_not_list_any_more_goes_when_the_next_is_kept(
    shopper: Shopper, stripe: StripeServer, kept: str
) -> None:
    detach(stripe, kept)
    clock.freeze(clock.now() + timedelta(minutes=5))
    new = keep(shopper, stripe)
    assert cards(shopper) == [new]


def test_the_removal_of_what_is_gone_ends(shopper: Shopper, stripe: StripeServer, kept: str) -> None:
    stripe.delete_customer(customer_of(stripe))
    shopper.post(f"/cards/{kept}/remove")
    wait_for(lambda: is_forgotten(kept))


def test_dozens_that_are_refused_hold_up_nobody(
    app: Flask, shopper: Shopper, stripe: StripeServer, proxy: FaultProxy, kept: str
) -> None:
    with writing():
        for number in range(45):
            db.session.add(removed_long_ago(f"pm_dead{number}", f"cus_dead{number}"))
    proxy.meet("GET /v1/customers/cus_dead", Fault.ERROR_BEFORE)
    proxy_is_past = len(proxy.seen)
    card = db.session.query(SavedCard).filter_by(token=kept).one()
    with writing():
        db.session.merge(card).removed_at = clock.now()
    for _ in range(2):
        turn_of_the_timetable()
    assert is_forgotten(kept)
    dead = [seen for seen in proxy.seen[proxy_is_past:] if "cus_dead" in seen]
    assert len(dead) == len(set(dead)) == 45


def removed_long_ago(token: str, customer: str) -> SavedCard:
    then = clock.now() - timedelta(days=3)
    return SavedCard(
        token=token,
        gateway="stripe test",
        customer=customer,
        account="stripe acct_1 test",
        brand="",
        last4="",
        expires_month=1,
        expires_year=2040,
        kept_at=then,
        removed_at=then,
    )


def test_dozens_of_payments_whose_card_cannot_be_kept_hold_up_nobody(
    shopper: Shopper, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet("POST /v1/customers", Fault.ERROR_BEFORE)
    waits = [pay(shopper, stripe.token(), keep="1").id for _ in range(21)]
    last = pay(shopper, stripe.token(), keep="1").id
    for _ in range(2):
        turn_of_the_timetable()
    assert all(is_still_to_keep(session) for session in waits)
    assert queries.find(last).keep_after
    proxy.lift()
    clock.freeze(clock.now() + timedelta(minutes=2))
    wait_for(lambda: turn_of_the_timetable() == 0)
    assert not is_still_to_keep(last)
