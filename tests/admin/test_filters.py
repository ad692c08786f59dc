"""Lists of orders and payments, narrowed down: exact, and in pages that never look at more than so many."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.payment_states import State
from smartcart.shop.models import Order, OrderStatus
from tests.admin.browser import AdminBrowser
from tests.payments.opened import open_session
from tests.support.databases import ON_BOTH

LISTS = {"/admin/orders": "data-order", "/admin/payments": "data-session"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"time_zone": ZoneInfo("Europe/Berlin")})


def change(session: str, **values: Any) -> None:
    """Of an order and its payment what both have."""
    with writing():
        found = db.session.get_one(PaymentSession, session)
        ours = {name: value for name, value in values.items() if name in ("currency", "refunded")}
        if "created_at" in values:
            ours["placed_at"] = values["created_at"]
        db.session.execute(update(PaymentSession).where(PaymentSession.id == session).values(**values))
        if ours:
            db.session.execute(update(Order).where(Order.id == found.order_id).values(**ours))


@pytest.fixture
def sessions() -> list[str]:
    """Of the orders SC-1001 to SC-1006."""
    return [open_session(f"shopper {number}", stock=9) for number in range(6)]


def shown(admin: AdminBrowser, path: str, sessions: list[str]) -> list[int]:
    """Which of these are on a page: 1 for SC-1001."""
    page = admin.get(path)
    assert page.status_code == 200, path
    found = re.findall(rf'{LISTS[path.partition("?")[0]]}="([^"]+)"', page.text)
    return [sessions.index(each) + 1 if each in sessions else int(each[-1]) for each in found]


@ON_BOTH
def test_each_filter_shows_exactly_what_it_says_the_newest_first(admin: AdminBrowser, sessions: list[str]) -> None:
    ended = datetime(2026, 11, 3, 12, tzinfo=UTC)
    change(sessions[0], state=State.COMPLETED, refunded=100, ended_at=ended)
    change(sessions[1], state=State.REFUNDED, refunded=4200, ended_at=ended, currency="CHF")
    change(sessions[2], state=State.CHECKING, needs_person_at=ended)
    change(sessions[3], state=State.FAILED, ended_at=ended, currency="CHF")
    change(sessions[4], state=State.AUTHORIZED)
    for query, found in {
        "": [6, 5, 4, 3, 2, 1],
        "returned=yes": [2, 1],
        "person=yes": [3],
        "currency=CHF": [4, 2],
        "currency=chf&returned=yes": [2],
        "currency=USD": [],
        "person=yes&returned=yes": [],
    }.items():
        for path in LISTS:
            assert shown(admin, f"{path}?{query}", sessions) == found, (path, query)
    for query, found in {
        "state=completed": [1],
        "state=failed": [4],
        "state=checking&currency=EUR": [3],
        "money=not_taken": [6, 4],
        "money=checking": [3],
        "money=reserved": [5],
        "money=taken": [1],
        "money=returned": [2],
        "money=taken&returned=yes": [1],
        "money=taken&state=failed": [],
    }.items():
        assert shown(admin, f"/admin/payments?{query}", sessions) == found, query


@ON_BOTH
def test_a_day_is_the_shop_s_own_also_when_the_clock_is_put_back(admin: AdminBrowser, sessions: list[str]) -> None:
    # 25 October 2026 has 25 hours in Berlin: from 22:00 UTC of the day before to 23:00 UTC.
    for session, at in zip(sessions, ("24 21:59", "24 22:00", "25 00:30", "25 22:59", "25 23:00"), strict=False):
        change(session, created_at=datetime.strptime(f"2026-10-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
    for path in LISTS:
        assert shown(admin, f"{path}?day=2026-10-25", sessions) == [4, 3, 2]
        assert shown(admin, f"{path}?day=2026-10-26", sessions) == [5]
        assert shown(admin, f"{path}?day=2026-10-25&currency=CHF", sessions) == []


@ON_BOTH
@pytest.mark.parametrize(
    "query",
    [
        *("", "currency=EUR", "returned=yes", "day=2026-10-25", "day=2026-10-25&currency=EUR"),
        *("person=yes", "person=yes&day=2026-10-25", "money=not_taken", "money=not_taken&currency=EUR"),
    ],
)
def test_page_after_page_shows_each_once_although_all_came_at_one_moment(
    admin: AdminBrowser, sessions: list[str], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr("smartcart.admin.long_lists.PAGE", 2)
    at = datetime(2026, 10, 25, tzinfo=UTC)
    for number, session in enumerate(sessions):
        state = State.INTERRUPTED if number % 2 else State.CREATED
        change(session, created_at=at, refunded=1, needs_person_at=at, state=state)
    for path in LISTS:
        assert sorted(all_pages(admin, f"{path}?{query}", sessions)) == [1, 2, 3, 4, 5, 6], path


@ON_BOTH
def test_what_is_rare_is_found_by_looking_further_back(
    admin: AdminBrowser, sessions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcart.admin.long_lists.LOOKED_AT", 2)
    change(sessions[0], currency="CHF")
    for path in LISTS:
        page = admin.read(f"{path}?currency=CHF")
        assert "among those that were looked at" in page
        assert "Look further back" in page
        assert all_pages(admin, f"{path}?currency=CHF", sessions) == [1]


@ON_BOTH
def test_what_needs_a_person_is_found_however_much_of_it_there_is(
    admin: AdminBrowser, sessions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("long_lists", "lookup"):
        monkeypatch.setattr(f"smartcart.admin.{where}.LOOKED_AT", 2)
    for session in sessions:
        change(session, needs_person_at=datetime(2026, 10, 25, tzinfo=UTC))
    for path in LISTS:
        assert all_pages(admin, f"{path}?person=yes&currency=EUR", sessions) == [6, 5, 4, 3, 2, 1], path


def all_pages(admin: AdminBrowser, path: str, sessions: list[str]) -> list[int]:
    found = shown(admin, path, sessions)
    following = re.search(r'id="next-page"[^>]*href="([^"]+)"', admin.get(path).text)
    return found + (all_pages(admin, unescape(following[1]), sessions) if following else [])


def test_the_form_keeps_what_was_chosen(admin: AdminBrowser) -> None:
    page = admin.get("/admin/payments?state=failed&money=taken&day=2026-10-25&currency=CHF&person=yes").text
    for kept in (
        '<option value="failed" selected>',
        '<option value="taken" selected>',
        'value="2026-10-25"',
        'value="CHF"',
        'value="yes" checked',
    ):
        assert kept in " ".join(page.split())
    assert "There is no such payment." in page
    assert "There are no orders yet." in admin.read("/admin/orders?status=&day=&currency=")


def test_an_order_s_status_goes_with_the_other_filters(admin: AdminBrowser, sessions: list[str]) -> None:
    with writing():
        db.session.execute(
            update(Order).where(Order.number.in_(["SC-1002", "SC-1005"])).values(status=OrderStatus.PAID)
        )
    assert shown(admin, "/admin/orders?status=paid", sessions) == [5, 2]
    change(sessions[1], refunded=1)
    assert shown(admin, "/admin/orders?status=paid&returned=yes", sessions) == [2]
