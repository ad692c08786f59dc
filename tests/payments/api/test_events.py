"""GET events: what a merchant's own system reads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.models import PaymentSession
from smartcart.server import timetable
from tests.support.caller import Caller, by_cookie, by_key
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = ON_BOTH  # the one numbers and pages in statements of its own

Reached = Callable[..., PaymentSession]


def read(merchant: Caller, query: str = "") -> dict[str, Any]:
    """The feed, with all that is on record in it."""
    merchant_feed.give_numbers()
    response = merchant.get(f"/events{query}")
    assert response.status_code == 200, response.text
    return dict(response.get_json())


def told(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [(event["number"], event["type"]) for event in answer["events"]]


def months_pass(days: int = 31) -> None:
    clock.freeze(clock.now() + timedelta(days=days))


def test_a_payment_that_goes_well_is_told_from_its_opening_to_its_money(merchant: Caller, reached: Reached) -> None:
    session = merchant.create(metadata={"cart": "17"})
    merchant.pay(session["id"])
    reached(session["id"], "completed")
    answer = read(merchant)
    assert told(answer) == [(1, "payment.opened"), (2, "payment.completed")]
    assert answer["next"] == 2
    opened, completed = answer["events"]
    assert opened["data"] == {"session": session}
    assert completed["data"]["session"] == merchant.session(session["id"])
    assert opened["created_at"] == session["created_at"]


def test_ids_are_told_apart_and_stay_as_they_are(merchant: Caller) -> None:
    for reference in ("A-1", "A-2"):
        merchant.create(reference)
    first, second = (event["id"] for event in read(merchant)["events"])
    assert first != second
    assert {first[:4], second[:4]} == {"evt_"}
    assert [event["id"] for event in read(merchant)["events"]] == [first, second]


def test_an_event_says_how_the_session_was_then_and_not_how_it_is_now(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    reached(session, "interrupted")
    merchant.post(f"/session/{session}/cancel")
    shown = [event["data"]["session"] for event in read(merchant)["events"]]
    assert [each["status"] for each in shown] == ["created", "interrupted", "cancelled"]
    assert [each["attempts"] for each in shown] == [0, 1, 1]


def test_a_reader_goes_on_after_the_last_number_it_has_read(merchant: Caller) -> None:
    for number in range(5):
        merchant.create(f"A-{number}")
    first = read(merchant, "?limit=2")
    assert [number for number, _ in told(first)] == [1, 2]
    second = read(merchant, f"?after={first['next']}&limit=2")
    assert [number for number, _ in told(second)] == [3, 4]
    last = read(merchant, f"?after={second['next']}")
    assert [number for number, _ in told(last)] == [5]
    nothing = read(merchant, f"?after={last['next']}")
    assert (nothing["events"], nothing["next"]) == ([], 5)


def test_before_anything_has_happened_there_is_nothing_to_read(merchant: Caller) -> None:
    answer = read(merchant, "?after=0")
    assert (answer["events"], answer["next"]) == ([], 0)


def test_each_merchant_has_numbers_of_its_own(app: Flask, merchant: Caller) -> None:
    other = by_key(app, "another merchant")
    for each, reference in ((merchant, "A-1"), (other, "A-1"), (merchant, "A-2")):
        each.create(reference)
    assert [number for number, _ in told(read(merchant))] == [1, 2]
    assert [number for number, _ in told(read(other))] == [1]


def test_orders_of_the_shop_itself_are_nobodys_events(admin: Caller, shopper: Shopper) -> None:
    shopper.order()
    assert read(admin)["events"] == []


def test_an_event_is_read_once_it_has_a_number_and_not_before(merchant: Caller) -> None:
    merchant.create()
    assert merchant.get("/events").get_json()["events"] == []
    assert len(read(merchant)["events"]) == 1


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=2147483648", "limit=0", "limit=101", "limit=", "after=²"]
)
def test_a_number_that_is_none_is_refused(merchant: Caller, query: str) -> None:
    response = merchant.get(f"/events?{query}")
    assert response.status_code == 422
    assert response.get_json()["detail"].startswith(query.partition("=")[0])


def test_who_has_no_key_has_no_events(shopper: Shopper) -> None:
    response = by_cookie(shopper).get("/events")
    assert (response.status_code, response.get_json()["code"]) == (401, "key_needed")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("still_clock")
def test_what_is_older_than_30_days_is_gone_and_where_to_go_on_is_told(merchant: Caller) -> None:
    for number in range(3):
        merchant.create(f"A-{number}")
    assert len(read(merchant)["events"]) == 3
    months_pass()
    merchant.create("A-3")
    read(merchant)
    assert merchant_feed.forget_old() == 3
    gone = merchant.get("/events?after=0")
    assert (gone.status_code, gone.mimetype) == (410, "application/problem+json")
    assert (gone.get_json()["code"], gone.get_json()["oldest"]) == ("gone", 4)
    assert told(read(merchant, "?after=3")) == [(4, "payment.opened")]
    assert told(read(merchant)) == [(4, "payment.opened")]


@pytest.mark.usefixtures("still_clock")
def test_numbers_go_on_when_everything_before_is_forgotten(merchant: Caller) -> None:
    merchant.create("A-1")
    read(merchant)
    months_pass()
    assert merchant_feed.forget_old() == 1
    assert merchant.get("/events?after=0").get_json()["oldest"] == 2
    assert read(merchant)["events"] == []
    merchant.create("A-2")
    assert told(read(merchant, "?after=1")) == [(2, "payment.opened")]


@pytest.mark.usefixtures("still_clock")
def test_a_young_event_before_an_old_one_leaves_no_gap(merchant: Caller) -> None:
    """The clocks of two machines differ: number 1 was written by the one that is ahead."""
    months_pass(31)
    merchant.create("A-1")
    read(merchant)
    months_pass(-31)
    merchant.create("A-2")
    read(merchant)
    months_pass(31)
    assert merchant_feed.forget_old() == 0
    assert [number for number, _ in told(read(merchant))] == [1, 2]


def test_a_number_that_was_never_given_is_of_another_epoch(merchant: Caller) -> None:
    merchant.create()
    read(merchant)
    gone = merchant.get("/events?after=2")
    assert gone.status_code == 410
    assert gone.get_json()["epoch"] == read(merchant)["epoch"]


def test_money_that_goes_back_is_told_with_what_is_left(admin: Caller, merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    reached(session, "completed")
    for amount in (1000, 3200):
        admin.post(f"/session/{session}/refund", {"amount": amount})
    last = read(merchant, "?after=2")
    assert told(last) == [(3, "refund.made"), (4, "refund.made"), (5, "payment.refunded")]
    assert [event["data"]["session"]["refunded"] for event in last["events"]] == [1000, 4200, 4200]


def test_in_a_process_with_a_timetable_numbers_come_by_themselves(
    app: Flask, settings: Settings, merchant: Caller
) -> None:
    jobs = timetable.start(app, settings)
    try:
        merchant.create()
        wait_for(lambda: merchant.get("/events").get_json()["events"])
    finally:
        jobs.shutdown()
