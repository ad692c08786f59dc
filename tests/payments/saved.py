"""Shoppers with saved cards."""

import re

from smartcart.payments.core import queries
from smartcart.payments.saved_cards import saving
from smartcart.rules.payment_states import State
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for


def pay(shopper: Shopper, method: str = "sandbox_approve", **fields: str) -> str:
    """Order something and pay it; returns the session's id."""
    session = shopper.order()
    assert shopper.pay(session, method, **fields).status_code == 303
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    return session


def keep_card(shopper: Shopper, method: str = "sandbox_approve") -> str:
    """Pay an order and let the card be kept; returns the card's token."""
    session = pay(shopper, method, keep="1")
    wait_for(lambda: not is_still_to_keep(session))
    return cards(shopper)[-1]


def cards(shopper: Shopper) -> list[str]:
    """The tokens of the cards on the page with the saved cards."""
    return re.findall(r'/cards/([^/"]+)/remove"', shopper.get("/cards").text)


def offered(shopper: Shopper, session: str) -> list[str]:
    """The ways to pay on a payment page, in their order."""
    return re.findall(r'data-testid="method-([^"]+)"', shopper.get(f"/pay/{session}").text)


def is_still_to_keep(session: str) -> bool:
    return queries.find(session).keep_method


def turn_of_the_timetable() -> int:
    return saving.make_good()
