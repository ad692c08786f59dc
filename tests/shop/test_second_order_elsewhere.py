"""A second order of the same things from another device, told apart by the e-mail address: asked, and told nothing."""

from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.outbox.models import Effect, EffectKind, Fate
from smartcart.payments.core import queries
from smartcart.payments.flow import desk
from smartcart.rules.payment_states import State
from smartcart.shop.models import Order
from tests.mail.carrying import carry_out, letters
from tests.payments.opened import order_of, time_passes
from tests.support.shopper import SECOND_TIME, Shopper
from tests.support.waiting import wait_for

MAY_BE_OPEN = "An order of these same things may be open already."
A_DAY = 86400


@pytest.fixture
def phone(app: Flask) -> Shopper:
    """Another device, which has ordered nothing yet."""
    return Shopper(app.test_client())


@pytest.fixture
def paid(shopper: Shopper) -> str:
    """The session of a teapot that was paid on a laptop."""
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    return session


def about_second_order(session: str) -> list[Effect]:
    return [each for each in letters(session) if each.kind == EffectKind.ORDERED_BEFORE]


def test_it_is_asked_and_nothing_of_the_first_is_told(phone: Shopper, paid: str) -> None:
    phone.put_into_cart()
    asked = phone.check_out(email="ADA@example.org")
    assert asked.status_code == 409
    assert MAY_BE_OPEN in asked.text
    for told in (paid, order_of(paid).number, order_of(paid).token, "/pay/", "second-order"):
        assert told not in asked.text
    assert db.session.query(Order).count() == 1


@pytest.mark.parametrize(
    ("set_up", "told"),
    [
        ({"smtp_host": "mail.example.org", "mail_from": "shop@example.org"}, "see your mail: we have written to"),
        ({"contact": "shop@example.org"}, "on the device that you ordered it on, or ask the shop: shop@example.org."),
        ({}, "on the device that you ordered it on, or ask the shop. Nothing was ordered yet"),
    ],
)
def test_who_has_ordered_is_sent_to_the_mail_only_where_the_shop_can_send_one(
    settings: Settings, paid: str, set_up: dict[str, str], told: str
) -> None:
    phone = Shopper(create_app(settings.model_copy(update=set_up)).test_client())
    phone.put_into_cart()
    asked = phone.check_out().text
    assert told in asked
    assert ("see your mail" in asked) == ("smtp_host" in set_up)


def test_a_press_goes_on_all_the_same_and_is_kept(phone: Shopper, paid: str) -> None:
    phone.put_into_cart()
    [agreed] = SECOND_TIME.findall(phone.check_out().text)
    answer = phone.check_out(again=agreed)
    assert answer.status_code == 303
    second = order_of(answer.location.rpartition("/")[2])
    assert second.second_meant_at is not None
    assert order_of(paid).second_meant_at is None


def test_the_address_is_written_to_where_the_money_is_once_a_day(phone: Shopper, paid: str) -> None:
    midnight = datetime.combine(clock.now().date() + timedelta(days=1), time.min, UTC)
    phone.put_into_cart()
    for _ in range(3):
        phone.check_out()
    carry_out()
    [letter] = about_second_order(paid)
    assert letter.fate is Fate.KEPT
    said = (letter.message or b"").decode()
    assert "To: ada@example.org" in said
    assert "about to order just the same things once more" in said
    assert "/resume/" in said
    time_passes((midnight - clock.now()).total_seconds())
    phone.check_out()
    assert len(about_second_order(paid)) == 2


@pytest.mark.parametrize(
    ("email", "slug", "quantity"),
    [("bob@example.org", "teapot", 1), ("ada@example.org", "kettle", 1), ("ada@example.org", "teapot", 2)],
)
def test_for_another_address_or_another_cart_nobody_is_asked(
    phone: Shopper, paid: str, email: str, slug: str, quantity: int
) -> None:
    phone.put_into_cart(slug, quantity)
    assert phone.check_out(email=email).status_code == 303
    assert about_second_order(paid) == []


def test_one_thing_more_is_another_cart(phone: Shopper, paid: str) -> None:
    phone.put_into_cart("kettle")
    phone.put_into_cart("teapot")
    assert phone.check_out().status_code == 303


def test_what_is_in_the_dark_is_asked_about_and_written_of_when_it_is_known(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_timeout_charged")
    wait_for(lambda: queries.find(session).state is State.CHECKING)
    phone.put_into_cart()
    assert MAY_BE_OPEN in phone.check_out().text
    carry_out()
    assert about_second_order(session)[0].message is None
    desk.check(session, "shopper")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    time_passes(60)
    carry_out()
    assert about_second_order(session)[0].fate is Fate.KEPT


def test_of_what_took_no_money_nobody_is_asked_and_nothing_is_written(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    wait_for(lambda: queries.find(session).state is State.INTERRUPTED)
    phone.put_into_cart()
    assert phone.check_out().status_code == 303


def test_what_was_paid_a_day_ago_is_not_asked_about(phone: Shopper, paid: str) -> None:
    time_passes(A_DAY)
    phone.put_into_cart()
    assert phone.check_out().status_code == 303


def test_whoever_ordered_it_is_shown_it_and_not_sent_to_the_mail(shopper: Shopper, paid: str) -> None:
    shopper.put_into_cart()
    asked = shopper.check_out().text
    assert MAY_BE_OPEN not in asked
    assert f'href="/pay/{paid}"' in asked
