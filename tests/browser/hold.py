"""A payment whose sum the bank has set aside, as the shopper and the owner come to see it."""

import sqlite3
import time
from contextlib import closing

from playwright.sync_api import Page, expect

from smartcart.gateways.sandbox.ledger import Ledger
from tests.browser.money_back import sign_in
from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop


def see_it_set_aside(page: Page, shop: RunningShop) -> PaymentPage:
    """Somebody else's. That the sum is to be set aside is written into the gateway's books while the bank asks."""
    payment = PaymentPage(page, shop, shop.visitor().order())
    shop.visitor().pay(payment.session, "sandbox_challenge")
    payment.wait_for_record("action_required")
    with closing(sqlite3.connect(shop.ledger, timeout=10, isolation_level=None)) as books:
        of_session = "reference in (select reference from reference where session = ?)"
        books.execute(f"update request set set_aside = 1 where {of_session}", (payment.session,))  # noqa: S608
    Ledger(shop.ledger, time.time).answer_challenge(payment.record("reference"), 1, confirmed=True)
    page.goto(f"{shop.url}/pay/{payment.session}/return")
    payment.wait_for_record("authorized")
    payment.open()
    payment.expect_state("authorized")
    return payment


def decide_on_it(page: Page, shop: RunningShop) -> None:
    """The owner's page of it."""
    payment = see_it_set_aside(page, shop)
    sign_in(page, shop)
    page.goto(f"{shop.url}/admin/sessions/{payment.session}")
    expect(page.get_by_test_id("capture")).to_be_visible()
