"""A payment's page: everything about it, and what the admin can do."""

import re

import pytest

from smartcart.database.session import db, writing
from smartcart.gateways.protocol import GatewayError
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import attempts_of, find
from smartcart.payments.core.runtime import runtime
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import Move, State
from smartcart.shop.models import OrderStatus
from tests.admin.browser import AdminBrowser, rows
from tests.admin.payments.test_monitor import settled
from tests.payments.opened import make_refund
from tests.support.shopper import Shopper

UNKNOWN = "x" * 32


@pytest.fixture
def session(shopper: Shopper) -> str:
    """The id of a payment that has just been opened."""
    return shopper.order()


@pytest.fixture
def charged_in_the_dark(shopper: Shopper, session: str) -> str:
    """The id of a payment whose money was taken, and the answer lost."""
    shopper.pay(session, "sandbox_lost_reply")
    settled(session, State.CHECKING)
    return session


def test_it_shows_where_the_payment_stands(admin: AdminBrowser, session: str) -> None:
    page = admin.read(f"/admin/sessions/{session}")
    for shown in ("SC-1001", "Ada Lovelace", "Created", "Not taken", "€42.00", "0 of 3", session, "nothing sent yet"):
        assert shown in page


def test_it_lists_the_attempts_with_what_went_wrong(admin: AdminBrowser, shopper: Shopper, session: str) -> None:
    shopper.pay(session, "sandbox_insufficient_funds")
    settled(session, State.INTERRUPTED)
    shopper.pay(session)
    settled(session, State.COMPLETED)
    first, second = rows(admin.get(f"/admin/sessions/{session}").text, "attempt")
    assert re.fullmatch(r"1 of 3 Empty card Declined Declined \(insufficient_funds\) .* 0\.\d s", first)
    assert re.fullmatch(r"2 of 3 Card that works Approved nothing .* 0\.\d s", second)


def test_an_attempt_in_the_dark_is_never_called_failed(admin: AdminBrowser, charged_in_the_dark: str) -> None:
    page = admin.get(f"/admin/sessions/{charged_in_the_dark}").text
    assert "Not known yet" in rows(page, "attempt")[0]
    assert rows(page, "money") == ["Not known yet"]
    assert "fail" not in page.lower()


def test_the_timeline_tells_each_event_with_its_actor(admin: AdminBrowser, charged_in_the_dark: str) -> None:
    page = admin.get(f"/admin/sessions/{charged_in_the_dark}").text
    told = rows(page, "event")
    assert re.findall(r'data-kind="(\w+)"', page) == ["opened", "moved", "moved"]
    assert re.fullmatch(r"The payment was opened\. .* UTC , by shopper", told[0])
    assert re.fullmatch(r"Attempt 1 began, with Lost reply\. .* by shopper created → processing", told[1])
    assert "Nobody knows yet what became of attempt 1: connection broke." in told[2]
    assert "by gateway processing → checking" in told[2]


def test_it_renews_itself_while_the_payment_is_open(admin: AdminBrowser, shopper: Shopper, session: str) -> None:
    page = admin.get(f"/admin/sessions/{session}")
    assert admin.renew(page).status_code == 204
    shopper.pay(session)
    settled(session, State.COMPLETED)
    changed = admin.renew(page)
    assert "Completed. Money: taken." in changed.text
    assert "hx-get" not in changed.text


def test_asking_settles_a_charge_that_the_shop_did_not_know_of(admin: AdminBrowser, charged_in_the_dark: str) -> None:
    answer = admin.post(f"/admin/sessions/{charged_in_the_dark}/check")
    assert (answer.status_code, answer.location) == (303, f"/admin/sessions/{charged_in_the_dark}")
    assert find(charged_in_the_dark).state is State.COMPLETED
    page = admin.get(answer.location).text
    assert "The gateway says: the money was taken. The payment is completed here." in page
    assert "by admin" in rows(page, "event")[-1]


def test_asking_before_anything_was_sent_says_so(admin: AdminBrowser, session: str) -> None:
    admin.post(f"/admin/sessions/{session}/check")
    assert "Nothing has been sent to the gateway yet" in admin.read(f"/admin/sessions/{session}")
    assert find(session).state is State.CREATED


def test_a_gateway_that_is_down_leaves_the_payment_in_the_dark(
    admin: AdminBrowser, charged_in_the_dark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*question: object) -> None:
        raise GatewayError("down")

    monkeypatch.setattr(runtime().gateway, "ask", broken)
    admin.post(f"/admin/sessions/{charged_in_the_dark}/check")
    page = admin.get(f"/admin/sessions/{charged_in_the_dark}").text
    assert "The gateway says: it gave no clear answer. The payment is checking here." in page
    assert "The gateway was asked: gateway fault." in page
    assert find(charged_in_the_dark).state is State.CHECKING


def test_the_admin_cancels_with_a_reason(admin: AdminBrowser, session: str) -> None:
    answer = admin.post(f"/admin/sessions/{session}/cancel", {"reason": "asked for by phone"})
    assert (answer.status_code, answer.location) == (303, f"/admin/sessions/{session}")
    assert find(session).state is State.CANCELLED
    page = admin.get(answer.location).text
    assert "Cancelled. No money was taken, and none can be any more." in page
    assert "Cancelling was asked for: asked for by phone." in rows(page, "event")[1]
    assert "by admin" in rows(page, "event")[1]
    assert "Yes, cancel this payment" not in page


def test_cancelling_what_was_charged_pays_the_order_and_says_so(
    admin: AdminBrowser, sandbox: Sandbox, charged_in_the_dark: str
) -> None:
    admin.post(f"/admin/sessions/{charged_in_the_dark}/cancel")
    assert "It is cancelled as soon as the gateway has said" in admin.read(f"/admin/sessions/{charged_in_the_dark}")
    assert find(charged_in_the_dark).cancelling
    admin.post(f"/admin/sessions/{charged_in_the_dark}/check")
    assert find(charged_in_the_dark).state is State.COMPLETED
    admin.post(f"/admin/sessions/{charged_in_the_dark}/cancel")
    assert "This order is paid already." in admin.read(f"/admin/sessions/{charged_in_the_dark}")
    assert len(list(sandbox.charges())) == 1


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b", "two\nlines"])
def test_a_reason_that_cannot_be_kept_is_refused_and_not_lost(admin: AdminBrowser, session: str, reason: str) -> None:
    answer = admin.post(f"/admin/sessions/{session}/cancel", {"reason": reason})
    assert answer.status_code == 422
    assert "The reason can have at most 500" in answer.text or "without control characters" in answer.text
    assert reason[:1] in answer.text
    assert find(session).state is State.CREATED


@pytest.mark.parametrize("action", ["check", "cancel"])
def test_a_form_of_another_site_does_nothing(admin: AdminBrowser, session: str, action: str) -> None:
    answer = admin.client.post(f"/admin/sessions/{session}/{action}")
    assert answer.status_code == 400
    assert find(session).state is State.CREATED


@pytest.mark.parametrize("unknown", [UNKNOWN, "x", "%00", "x" * 300, "%F0%9F%92%B6"])
def test_an_unknown_payment_is_not_found(admin: AdminBrowser, unknown: str) -> None:
    assert admin.get(f"/admin/sessions/{unknown}").status_code == 404
    assert admin.post(f"/admin/sessions/{unknown}/check").status_code == 404
    assert admin.post(f"/admin/sessions/{unknown}/cancel").status_code == 404


def test_late_money_that_goes_back_is_shown(admin: AdminBrowser, charged_in_the_dark: str) -> None:
    with writing():
        found = db.session.get_one(PaymentSession, charged_in_the_dark)
        assert found.order
        found.order.status = OrderStatus.REFUNDED
    admin.post(f"/admin/sessions/{charged_in_the_dark}/check")
    page = admin.get(f"/admin/sessions/{charged_in_the_dark}")
    assert "The money is being returned" in page.text
    assert rows(page.text, "money") == ["Taken, €42.00 being returned"]
    assert "1 payment is being returned" in admin.read("/admin/sessions")
    make_refund(charged_in_the_dark)
    assert rows(admin.renew(page).text, "money") == ["Returned"]


def test_money_that_comes_after_the_end_is_called_late(admin: AdminBrowser, shopper: Shopper, session: str) -> None:
    shopper.pay(session, "sandbox_decline")
    settled(session, State.INTERRUPTED)
    record.end(session, Move.CANCEL, "admin")
    latest = attempts_of(session)[-1]
    assert latest
    record.settle(latest.id, APPROVED, "gateway", runtime().plan())
    assert "confirmed attempt 1 after all, after the payment had ended" in admin.read(f"/admin/sessions/{session}")
