"""The owner decides on a sum that is set aside: it is shown where it waits, and taken or given free by a press."""

import re

import pytest

from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import find
from smartcart.payments.reconciliation import comparison
from smartcart.rules.payment_states import State
from tests.admin.browser import AdminBrowser, rows
from tests.admin.payments.test_monitor import settled
from tests.payments.opened import open_session
from tests.payments.paying import set_aside


@pytest.fixture
def held(app: object) -> str:
    return set_aside(open_session())


def test_the_overview_tells_of_it_and_leads_to_it(admin: AdminBrowser, held: str) -> None:
    assert "1 sum is set aside. Without a word from you the first is given free on " in admin.read("/admin")
    assert held in admin.get("/admin/sessions?state=authorized").text


def test_the_overview_says_nothing_where_nothing_waits(admin: AdminBrowser) -> None:
    assert "set aside" not in admin.read("/admin")


def test_its_page_says_what_is_so_and_until_when(admin: AdminBrowser, held: str) -> None:
    page = admin.get(f"/admin/sessions/{held}").text
    assert rows(page, "money") == ["Set aside, not taken"]
    assert "The sum was set aside by attempt 1." in page
    assert "Without a word from you it is given free on" in page
    assert "Give the sum free, and cancel this payment …" in page


def test_a_press_takes_it(admin: AdminBrowser, held: str, sandbox: Sandbox) -> None:
    admin.post(f"/admin/sessions/{held}/capture")
    settled(held, State.COMPLETED)
    assert "The money was taken, and the order is paid." in admin.read(f"/admin/sessions/{held}")
    assert [line.is_taken for line in sandbox.charges()] == [True]


def test_a_second_press_changes_nothing_and_says_so(admin: AdminBrowser, held: str) -> None:
    admin.post(f"/admin/sessions/{held}/capture")
    settled(held, State.COMPLETED)
    admin.read(f"/admin/sessions/{held}")
    admin.post(f"/admin/sessions/{held}/capture")
    assert "No sum is set aside for this payment now." in admin.read(f"/admin/sessions/{held}")


def test_cancelling_gives_it_free(admin: AdminBrowser, held: str, sandbox: Sandbox) -> None:
    admin.post(f"/admin/sessions/{held}/cancel", {"reason": "it looks odd"})
    settled(held, State.CANCELLED)
    assert find(held).money == "not_taken"
    assert list(sandbox.charges()) == []


def test_what_is_still_set_aside_for_a_payment_that_is_over_is_given_free_from_the_inbox(
    admin: AdminBrowser, held: str, sandbox: Sandbox
) -> None:
    with writing():  # on our record alone, as after an older backup was put back
        session = db.session.get_one(PaymentSession, held)
        session.state, session.ended_at, session.due_at = State.EXPIRED, session.created_at, None
    comparison.run()
    page = admin.get("/admin/inbox").text
    assert "Still set aside, and over here" in page
    [number] = re.findall(r"/admin/inbox/(\d+)/release", page)
    admin.post(f"/admin/inbox/{number}/release")
    assert "The sum is given free." in admin.read("/admin/inbox")
    assert list(sandbox.charges()) == []
