"""What Stripe has paid out, as a file for bookkeeping."""

import csv
import io
from datetime import UTC, datetime

import pytest
from flask import Flask

from smartcart.admin.login import passwords
from smartcart.payments.core import queries
from tests.admin.browser import PASSWORD, AdminBrowser
from tests.support.databases import ON_SQLITE
from tests.support.fault_proxy import FaultProxy
from tests.support.stripe_server import StripeServer

pytestmark = ON_SQLITE
BOOKED = int(datetime(2026, 10, 23, 22, 30, tzinfo=UTC).timestamp())
ARRIVED = int(datetime(2026, 10, 31, tzinfo=UTC).timestamp())
FILE = "/admin/exports/file.csv?what=payouts&first=2026-10-01&last=2026-10-31"


@pytest.fixture
def admin(stripe_shop: Flask) -> AdminBrowser:
    passwords.ensure_admin(PASSWORD)
    browser = AdminBrowser(stripe_shop.test_client())
    browser.sign_in()
    return browser


def line(name: str, kind: str, amount: int, fee: int, source: dict[str, str] | None) -> dict[str, object]:
    money = {"amount": amount, "fee": fee, "net": amount - fee, "currency": "eur"}
    return {"object": "balance_transaction", "id": name, "type": kind, "created": BOOKED, "source": source, **money}


def rows(admin: AdminBrowser) -> list[list[str]]:
    text = admin.get(FILE).get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_each_line_of_a_payout_stands_there_with_its_order(
    admin: AdminBrowser, stripe: StripeServer, paid: str
) -> None:
    session = queries.find(paid)
    charge = {"object": "charge", "id": "ch_1", "payment_intent": session.reference or ""}
    lines = [
        line("txn_1", "payout", -3900, 0, None),
        line("txn_2", "charge", 4200, 150, charge),
        line("txn_3", "stripe_fee", -50, 0, None),
        line("txn_4", "refund", -100, 0, charge | {"object": "refund", "id": "re_1"}),
    ]
    of_october = {"id": "po_1", "arrival_date": ARRIVED, "automatic": True, "created": BOOKED, "lines": lines}
    by_hand = {**of_october, "id": "po_2", "automatic": False, "amount": 1000, "currency": "eur", "lines": []}
    of_november = {**of_october, "id": "po_3", "arrival_date": ARRIVED + 86_400}
    stripe.set_payouts(of_november, of_october, by_hand)
    ours = [session.order_reference, paid, session.reference]
    found = [[each.removeprefix("'") for each in row] for row in rows(admin)]  # of an id that begins with a hyphen
    booked = "2026-10-23 22:30:00"
    assert found == [
        ["po_1", "2026-10-31", "charge", booked, *ours, "EUR", "42.00", "1.50", "40.50"],
        ["po_1", "2026-10-31", "stripe_fee", booked, "", "", "", "EUR", "-0.50", "0.00", "-0.50"],
        ["po_1", "2026-10-31", "refund", booked, *ours, "EUR", "-1.00", "0.00", "-1.00"],
        ["po_2", "2026-10-31", "payout", booked, "", "", "", "EUR", "10.00", "0.00", "10.00"],
    ]


def test_a_file_that_stripe_did_not_tell_to_its_end_says_so(
    admin: AdminBrowser, stripe: StripeServer, proxy: FaultProxy
) -> None:
    stripe.stop()
    try:
        assert rows(admin) == [["Stripe did not tell the rest (out of reach): this file is not whole."]]
    finally:
        stripe.start()


def test_it_is_offered_where_stripe_is_the_gateway(admin: AdminBrowser) -> None:
    assert "Payouts by Stripe" in admin.get("/admin/exports").text
