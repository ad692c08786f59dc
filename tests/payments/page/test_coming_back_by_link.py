"""Somebody opens the link in a mail, on a device new to the shop: the truth, a way to pay, nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.page import recovery_links
from smartcart.rules.payment_states import State
from tests.support.shopper import Shopper
from tests.support.visitor import read_status
from tests.support.waiting import wait_for
from tests.web.test_privacy import PERSONAL

# What a holder of the link is not to be led to.
MORE = re.compile(r"/pay/|/orders/|cancel-form|extend-form|abandon-form|want-back|Ada|ada@")


@pytest.fixture
def holder(app: Flask) -> Shopper:
    return Shopper(app.test_client())


@pytest.fixture(autouse=True)
def time_runs_again() -> Iterator[None]:
    yield
    clock.freeze(None)


def link(session: str) -> str:
    return f"/resume/{recovery_links.token(session, clock.now())}"


def interrupted(shopper: Shopper) -> str:
    """A session whose last attempt was declined, longer ago than an answer counts as one of now."""
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    wait_for(lambda: queries.find(session).state == "interrupted")
    clock.freeze(clock.now() + timedelta(seconds=40))
    return session


def state_shown(page: TestResponse) -> str:
    found = re.search(r'data-state="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def standing(session: str) -> tuple[Any, ...]:
    """What opening a link must leave alone; the last two change by themselves while it is being found out."""
    found = queries.find(session)
    return found.attempts, found.extensions, found.cancel_requested_at, found.state, found.version


def asked(session: str) -> int:
    return sum(event.kind is EventKind.ASKED for event in queries.events_of(session))


def test_the_true_state_is_shown_without_name_address_or_way_to_more(shopper: Shopper, holder: Shopper) -> None:
    session = shopper.order()
    page = holder.get(link(session))
    assert page.status_code == 200
    assert state_shown(page) == "created"
    assert "1 × Teapot" in page.text
    assert 'data-testid="pay"' in page.text
    assert not MORE.search(page.text)
    assert not PERSONAL.search(page.text + str(page.headers))
    assert session not in page.text


@pytest.mark.parametrize("state", ["created", "completed", "cancelled"])
def test_its_own_orderer_is_shown_no_more_by_it(shopper: Shopper, state: str) -> None:
    page = shopper.get(link(at(shopper, state)))
    assert not MORE.search(page.text)


def test_the_address_goes_to_no_other_page_and_into_no_cache(shopper: Shopper, holder: Shopper) -> None:
    address = link(shopper.order())
    for path in (address, f"{address}/status?seen=0", f"{address}x", address[:-3]):
        headers = holder.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("state", ["created", "interrupted", "checking", "completed", "cancelled"])
def test_a_mail_scanner_that_opens_it_twice_by_get_and_head_changes_nothing(
    shopper: Shopper, holder: Shopper, state: str
) -> None:
    session = at(shopper, state)
    kept = 3 if state == "checking" else 5
    before = standing(session)[:kept]
    for _ in range(2):
        assert holder.get(link(session)).status_code == 200
        assert holder.client.head(link(session)).status_code == 200
    assert standing(session)[:kept] == before
    reconciler.reconcile()
    assert standing(session)[:kept] == before


def at(shopper: Shopper, state: str) -> str:
    if state == "interrupted":
        return interrupted(shopper)
    session = shopper.order()
    if state == "cancelled":
        desk.cancel(session, "shopper")
    elif state != "created":
        shopper.pay(session, {"checking": "sandbox_timeout", "completed": "sandbox_approve"}[state])
    wait_for(lambda: queries.find(session).state == state)
    return session


def test_pay_is_there_once_the_gateway_has_answered(shopper: Shopper, holder: Shopper) -> None:
    session = interrupted(shopper)
    page = holder.get(link(session))
    assert state_shown(page) == "checking"
    assert read_status(page.text).money == "checking"
    assert 'data-testid="retry"' not in page.text
    poll = re.search(r'hx-get="([^"]+)"', page.text)
    assert poll
    address = poll[1].replace("&amp;", "&")
    assert holder.get(address).status_code == 204

    reconciler.reconcile()
    news = holder.get(address)
    assert state_shown(news) == "interrupted"
    assert 'data-testid="retry"' in news.text
    assert state_shown(holder.get(link(session))) == "interrupted"


def test_the_gateway_is_asked_once_in_half_a_minute_however_often_it_is_opened(
    shopper: Shopper, holder: Shopper
) -> None:
    session = interrupted(shopper)
    for _ in range(3):
        holder.get(link(session))
        reconciler.reconcile()
    assert asked(session) == 1
    clock.freeze(clock.now() + timedelta(seconds=31))
    holder.get(link(session))
    reconciler.reconcile()
    assert asked(session) == 2


def test_an_open_page_is_not_taken_from_who_chooses_when_the_answer_grows_old(
    shopper: Shopper, holder: Shopper
) -> None:
    session = interrupted(shopper)
    holder.get(link(session))
    reconciler.reconcile()
    page = holder.get(link(session))
    poll = re.search(r'hx-get="([^"]+)"', page.text)
    assert poll
    clock.freeze(clock.now() + timedelta(minutes=5))
    assert holder.get(poll[1].replace("&amp;", "&")).status_code == 204


def test_nothing_is_asked_where_nothing_was_ever_sent(shopper: Shopper, holder: Shopper) -> None:
    session = shopper.order()
    holder.get(link(session))
    assert queries.find(session).due_at is None


def test_the_button_pays(shopper: Shopper, holder: Shopper) -> None:
    session = shopper.order()
    address = link(session)
    answer = holder.post(f"{address}/attempts", {"method": "sandbox_approve"})
    assert (answer.status_code, answer.location) == (303, address)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    page = holder.get(address)
    assert state_shown(page) == "completed"
    assert not MORE.search(page.text)
    assert queries.events_of(session)[1].actor == "recovery link"


def test_paid_already_it_cannot_be_paid_again(shopper: Shopper, holder: Shopper) -> None:
    session = at(shopper, "completed")
    assert 'data-testid="pay"' not in holder.get(link(session)).text
    holder.post(f"{link(session)}/attempts", {"method": "sandbox_approve"})
    assert queries.find(session).attempts == 1


def test_no_saved_card_is_offered_or_taken(shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_approve", keep="on")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    kept = wait_for(lambda: re.search(r"/cards/([^/]+)/remove", shopper.get("/cards").text))
    assert kept
    token = kept[1]
    another = shopper.order()
    assert token in shopper.get(f"/pay/{another}").text
    assert token not in shopper.get(link(another)).text
    shopper.post(f"{link(another)}/attempts", {"method": token})
    assert queries.find(another).attempts == 0


def test_the_bank_sends_back_to_the_link(shopper: Shopper, holder: Shopper) -> None:
    session = shopper.order()
    address = link(session)
    holder.post(f"{address}/attempts", {"method": "sandbox_challenge"})
    bank = wait_for(lambda: queries.find(session).action_url)
    assert not MORE.search(holder.get(address).text)
    answer = holder.post(bank, {"answer": "confirm"})
    assert answer.location == f"http://localhost{address}/return"
    back = holder.get(f"{address}/return")
    assert (back.status_code, back.location) == (303, address)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)


def test_what_a_mail_program_took_along_is_left_behind(shopper: Shopper, holder: Shopper) -> None:
    address = link(shopper.order())
    page = holder.get(f"{address}.")
    assert page.status_code == 200
    assert f'action="{address}/attempts"' in page.text


@pytest.mark.parametrize(
    ("broken", "status", "told"),
    [
        (lambda path: path[:-5], 404, "This link is not whole"),
        (lambda path: path[:-1] + ("A" if path[-1] != "A" else "Q"), 404, "This link leads nowhere"),
        (lambda path: path + "3D", 404, "This link leads nowhere"),
        (lambda path: "/resume/" + "x" * 34, 404, "This link leads nowhere"),
    ],
    ids=["cut off", "altered", "something added", "made up"],
)
def test_a_broken_link_gets_a_plain_sentence_and_a_way_on(
    shopper: Shopper, holder: Shopper, broken: Any, status: int, told: str
) -> None:
    page = holder.get(broken(link(shopper.order())))
    assert page.status_code == status
    assert told in page.text
    assert "nothing was changed by opening it" in page.text
    assert 'href="/"' in page.text


def test_after_seven_days_it_is_over_and_says_so(shopper: Shopper, holder: Shopper) -> None:
    session = shopper.order()
    address = link(session)
    clock.freeze(clock.now() + timedelta(days=7, seconds=2))
    page = holder.get(address)
    assert page.status_code == 410
    assert "This link is over" in page.text
    assert holder.post(f"{address}/attempts", {"method": "sandbox_approve"}).status_code == 410
    assert queries.find(session).attempts == 0


def test_of_the_payment_under_way_in_a_tab_that_closes_the_gateway_is_asked(shopper: Shopper, holder: Shopper) -> None:
    session = at(shopper, "checking")
    assert holder.post(f"{link(session)}/left").status_code == 204
    found = queries.find(session)
    assert "browser_closed" in [event.interruption for event in queries.events_of(found.id)]
