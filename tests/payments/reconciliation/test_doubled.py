"""What looks ordered and paid twice is noted for a person, once, and ends when that is looked after."""

from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import findings, own_payments, queries
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.flow import desk, opening
from smartcart.payments.reconciliation import doubled
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from smartcart.shop import cart
from smartcart.shop.models import Product
from tests.payments.opened import BASE_URL, fill_cart, time_passes
from tests.payments.paying import pay
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("app")


def ordered(shopper: str, email: str, slug: str = "teapot", quantity: int = 1) -> str:
    """A session at rest, of which nobody was asked whether it is the second."""
    fill_cart(shopper, quantity, slug=slug)
    return opening.place_and_open(shopper, shopper.title(), email, BASE_URL)


def both_paid(first: str, second: str) -> None:
    """One after the other, as from two devices at the same moment."""
    pay(first)
    time_passes(5)
    pay(second)


def look() -> list[Finding]:
    doubled.note(clock.now() - timedelta(days=1))
    db.session.rollback()
    return [each for each in findings.open_ones() if each.verdict is Verdict.DOUBLED]


def test_two_of_one_shopper_are_noted_with_the_first_ones_order() -> None:
    first, second = ordered("ada", "ada@example.org"), ordered("ada", "another@example.org")
    both_paid(first, second)
    [found] = look()
    assert (found.session, found.amount, found.currency) == (second, 4200, "EUR")
    assert queries.find(first).order_reference in found.detail


def test_two_for_one_address_are_noted_however_it_was_typed() -> None:
    first, second = ordered("laptop", "ada@example.org"), ordered("phone", "Ada@Example.org")
    both_paid(first, second)
    assert [each.session for each in look()] == [second]


def test_it_is_noted_once_and_not_again_when_somebody_has_seen_it() -> None:
    both_paid(ordered("laptop", "ada@example.org"), ordered("phone", "ada@example.org"))
    [found] = look()
    assert [each.id for each in look()] == [found.id]
    with writing():
        findings.settle([found.id], "admin", "seen")
    assert look() == []


@pytest.mark.parametrize("gives_back", ["the first", "the second"])
def test_it_ends_when_either_is_given_back(gives_back: str) -> None:
    first, second = ordered("laptop", "ada@example.org"), ordered("phone", "ada@example.org")
    both_paid(first, second)
    assert look()
    session = first if gives_back == "the first" else second
    desk.refund(session, "admin")
    wait_for(lambda: queries.find(session).state is State.REFUNDED)
    assert look() == []


@pytest.mark.parametrize(
    ("email", "slug", "quantity"),
    [("bob@example.org", "teapot", 1), ("ada@example.org", "kettle", 1), ("ada@example.org", "teapot", 2)],
)
def test_other_people_other_things_and_other_numbers_are_no_slip(email: str, slug: str, quantity: int) -> None:
    both_paid(ordered("laptop", "ada@example.org"), ordered("phone", email, slug, quantity))
    assert look() == []


def test_a_part_of_what_was_ordered_is_no_slip() -> None:
    with_more = ordered_two_things("laptop")
    both_paid(with_more, ordered("phone", "ada@example.org"))
    assert look() == []


def ordered_two_things(shopper: str) -> str:
    fill_cart(shopper, slug="kettle")
    with writing():
        cart.put(shopper, db.session.query(Product).filter_by(slug="kettle").one(), 1)
    return ordered(shopper, "ada@example.org")


def test_a_second_order_that_was_meant_is_no_slip() -> None:
    first = ordered("laptop", "ada@example.org")
    fill_cart("phone")
    agreed = opening.Agreed([opening.ELSEWHERE])
    both_paid(first, opening.place_and_open("phone", "Ada", "ada@example.org", BASE_URL, agreed))
    assert look() == []


def test_what_was_paid_a_day_later_is_no_slip() -> None:
    first = ordered("laptop", "ada@example.org")
    pay(first)
    time_passes(own_payments.WAY_BACK.total_seconds())
    pay(ordered("phone", "ada@example.org"))
    assert look() == []


def test_of_two_that_were_paid_on_different_days_the_later_is_noted(app: Flask) -> None:
    """The first is older than what was read before, and the second is not."""
    first, second = ordered("laptop", "ada@example.org"), ordered("phone", "ada@example.org")
    pay(first)
    since = clock.now()
    time_passes(60)
    pay(second)
    doubled.note(since)
    db.session.rollback()
    assert [each.session for each in findings.open_ones()] == [second]
