"""The inbox vouches for what was read of the gateway's books, until then and no longer."""

from datetime import timedelta

import pytest

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.moments import format_moment
from smartcart.payments.core.finding_model import Look
from smartcart.payments.core.runtime import runtime
from smartcart.payments.reconciliation import comparison
from tests.admin.browser import AdminBrowser
from tests.admin.reconciliation.reading import count, down

VOUCHES = "every charge of the gateway belongs to a payment"


def read_until(seconds: bool = False) -> str:
    """Until when the books were read, as people read it."""
    last = comparison.last_run()
    assert last is not None
    assert last.seen_until is not None
    return format_moment(last.seen_until, runtime().settings.time_zone, seconds)


def test_an_inbox_vouches_for_nothing_before_the_books_were_read(admin: AdminBrowser) -> None:
    page = admin.read("/admin/inbox")
    assert "Nothing was noted for you so far." in page
    assert "were not read yet" in page
    assert VOUCHES not in page
    assert count(admin) == []


def test_it_speaks_for_what_was_read_until_then_and_no_longer(admin: AdminBrowser) -> None:
    comparison.run()
    assert f"Nothing waits for you here. Up to {read_until()} {VOUCHES}" in admin.read("/admin/inbox")


def test_it_says_how_often_the_books_are_read(admin: AdminBrowser) -> None:
    said = "every 10 minutes while money moves, every hour for a day after that, and then every 4 hours"
    assert said in admin.read("/admin/inbox")


def test_books_that_could_never_be_read_are_told_and_not_vouched_for(
    admin: AdminBrowser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "charges", down)
    comparison.run()
    page = admin.read("/admin/inbox")
    assert "could not be read" in page
    assert "No reading has come to its end yet. It is tried again within 10 minutes." in page
    assert VOUCHES not in page


def test_a_reading_that_fails_says_so_and_until_when_the_last_good_one_went(
    admin: AdminBrowser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison.run()
    until = read_until(seconds=True)
    monkeypatch.setattr(sandbox, "charges", down)
    comparison.run()
    page = admin.read("/admin/inbox")
    assert "could not be read" in page
    assert f"The last reading that came to its end was of all up to {until} ." in page


@pytest.mark.parametrize(("since", "says"), [(1, "Reading the gateway's books since"), (31, "was cut off after")])
def test_a_reading_under_way_vouches_for_nothing_yet_and_one_that_was_cut_off_is_told(
    admin: AdminBrowser, since: int, says: str
) -> None:
    begun_at = clock.now() - timedelta(minutes=since)
    with writing():
        db.session.add(Look(gateway=comparison._books_here(), begun_at=begun_at))
    page = admin.read("/admin/inbox")
    assert says in page
    assert "No reading has come to its end yet." in page
    assert VOUCHES not in page
