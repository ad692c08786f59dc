"""Orders and payments as files, for bookkeeping."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.ids import new_id
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund
from smartcart.rules.payment_states import State
from smartcart.shop.models import Order, OrderLine
from tests.admin.browser import AdminBrowser
from tests.admin.payments.test_monitor import settled
from tests.payments.opened import open_session
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

OCTOBER = "first=2026-10-01&last=2026-10-31"
NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"time_zone": ZoneInfo("Europe/Berlin")})


def export(admin: AdminBrowser, what: str, query: str = OCTOBER) -> list[dict[str, str]]:
    answer = admin.get(f"/admin/exports/file.csv?what={what}&{query}")
    assert answer.status_code == 200
    assert answer.is_streamed
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if "comma" in query else ","))
    # An id may begin with a hyphen, by which a spreadsheet knows a formula: then it is disarmed.
    return [row | {"Payment": row.get("Payment", "").removeprefix("'")} if "Payment" in row else row for row in rows]


def place(at: datetime = NOON, **values: Any) -> str:
    """Order something at that moment; returns the session's id."""
    session = open_session(new_id(), stock=9)
    order_id = db.session.get_one(PaymentSession, session).order_id
    with writing():
        db.session.execute(update(PaymentSession).where(PaymentSession.id == session).values(created_at=at))
        db.session.execute(update(Order).where(Order.id == order_id).values(placed_at=at, **values))
    return session


@ON_BOTH
def test_an_order_is_a_row_with_its_sums_and_moments_as_the_shop_s_clocks_have_them(admin: AdminBrowser) -> None:
    place(paid_at=NOON, shipping=490, refunded=100)
    [row] = export(admin, "orders")
    assert row == {
        "Order": "SC-1001",
        "Placed": "2026-10-25 13:00:00",
        "Paid": "2026-10-25 13:00:00",
        "Status": "open",
        "Name": "Ada",
        "E-mail": "ada@example.org",
        "Country": "",
        "Currency": "EUR",
        "Sum": "42.00",
        "Delivery": "4.90",
        "Given back": "1.00",
    }
    assert export(admin, "orders", f"{OCTOBER}&decimal=comma")[0]["Sum"] == "42,00"


@ON_BOTH
def test_days_are_the_shop_s_and_the_last_one_counts_whichever_way_round(admin: AdminBrowser) -> None:
    for at in ("9-30 21:59", "9-30 22:00", "10-31 22:59", "10-31 23:00"):
        place(datetime.strptime(f"2026-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
    for what in ("orders", "payments"):
        for query in (OCTOBER, "first=2026-10-31&last=2026-10-01"):
            assert [row["Order"] for row in export(admin, what, query)] == ["SC-1002", "SC-1003"]


@ON_BOTH
@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_each_row_stands_there_once_however_it_is_read_although_all_came_at_one_moment(
    admin: AdminBrowser, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("smartcart.admin.exports.files.BATCH", batch)
    sessions = {place(name=f"number {number}") for number in range(4)}
    assert {row["Payment"] for row in export(admin, "payments")} == sessions
    assert [row["Order"] for row in export(admin, "orders")] == ["SC-1001", "SC-1002", "SC-1003", "SC-1004"]


def test_the_tax_of_an_order_is_a_row_for_each_rate_and_all_rows_are_its_sum(admin: AdminBrowser) -> None:
    place()
    with writing():
        db.session.execute(update(OrderLine).values(tax_rate=1900))
        db.session.execute(update(Order).values(amount=5200))  # with something that has no tax
    rows = export(admin, "taxes")
    assert [(row["Rate in per cent"], row["Gross"], row["Tax"], row["Net"]) for row in rows] == [
        ("19", "42.00", "6.71", "35.29"),
        ("0", "10.00", "0.00", "10.00"),
    ]


@ON_BOTH
def test_a_payment_says_when_it_was_paid_and_where_it_is_at_the_gateway(admin: AdminBrowser, shopper: Shopper) -> None:
    paid, declined = shopper.order(), Shopper(shopper.client.application.test_client()).order()
    shopper.pay(paid)
    reference = settled(paid, State.COMPLETED).reference
    with writing():
        db.session.execute(update(PaymentSession).where(PaymentSession.id == paid).values(created_at=NOON))
        db.session.execute(update(PaymentSession).where(PaymentSession.id == declined).values(created_at=NOON))
    rows = {row["Payment"]: row for row in export(admin, "payments")}
    assert (rows[paid]["State"], rows[paid]["Reference"]) == ("completed", reference)
    assert rows[paid]["Paid"]
    assert (rows[declined]["Paid"], rows[declined]["Sum"]) == ("", "42.00")


@ON_BOTH
def test_a_refund_stands_on_the_day_on_which_it_was_made(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session)
    settled(session, State.COMPLETED)
    assert export(admin, "refunds") == []
    with writing():
        db.session.add(
            Refund(
                id="re_1",
                session_id=session,
                amount=1000,
                currency="EUR",
                reason="=1+1",
                actor="admin",
                state="failed",
                requested_at=NOON,
                made_at=NOON,
                settled_at=NOON.replace(day=27),
            )
        )
    [row] = export(admin, "refunds")
    assert (row["Order"], row["Payment"], row["Sum"]) == ("SC-1001", session, "10.00")
    assert (row["Given back"], row["Came back"]) == ("2026-10-25 13:00:00", "2026-10-27 13:00:00")
    assert row["Reason"] == "'=1+1"  # what a spreadsheet would run is disarmed


def test_the_month_before_is_offered(admin: AdminBrowser) -> None:
    page = admin.get("/admin/exports").text
    assert 'name="first"' in page
    assert '-01"' in page
