"""A payment whose sum the bank has set aside, as the shopper and the owner come to see it."""

import time
from secrets import token_hex

from playwright.sync_api import Page, expect

from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.gateways.sandbox.requests import Effect, Request
from tests.browser.money_back import look_now, sign_in
from tests.browser.payment_page import PaymentPage
from tests.support import bank
from tests.support.running import RunningShop


def see_it_set_aside(page: Page, shop: RunningShop) -> PaymentPage:
    """Somebody else's."""
    payment = PaymentPage(page, shop, shop.visitor().order())
    shop.visitor().pay(payment.session, "sandbox_challenge")
    payment.wait_for_record("action_required")
    bank.set_aside(shop.ledger, payment.session)
    page.goto(f"{shop.url}/pay/{payment.session}/return")
    payment.wait_for_record("authorized")
    payment.open()
    payment.expect_state("authorized")
    return payment


def decide_on_it(page: Page, shop: RunningShop) -> PaymentPage:
    """The owner's page of it."""
    payment = see_it_set_aside(page, shop)
    sign_in(page, shop)
    page.goto(f"{shop.url}/admin/sessions/{payment.session}")
    expect(page.get_by_test_id("capture")).to_be_visible()
    return payment


def see_it_given_free(page: Page, shop: RunningShop) -> PaymentPage:
    """As the shopper does when the owner has decided so."""
    payment = decide_on_it(page, shop)
    page.get_by_text("Give the sum free, and cancel this payment …").click()
    page.get_by_test_id("cancel").click()
    payment.wait_for_record("cancelled")
    payment.open()
    expect(page.get_by_text("no longer set aside")).to_be_visible()
    return payment


def find_one_that_nobody_waits_for(page: Page, shop: RunningShop) -> None:
    """In the inbox, with the way to give it free."""
    ledger = Ledger(shop.ledger, time.time)
    reference = ledger.open(f"session-of-{token_hex(12)}", 4200, "EUR")
    ledger.request(reference, 1, Request(Effect.CHARGE, time.time(), "", "", set_aside=True))
    sign_in(page, shop)
    look_now(page, shop)
    expect(page.get_by_test_id("release-finding").first).to_be_visible()
    ledger.close(reference)  # it is found already; in the end the books of this shop must agree
