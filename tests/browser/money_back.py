"""Pages about money that goes back, as the admin and the shopper come to see them."""

import time
from secrets import token_hex
from typing import Any

from playwright.sync_api import Browser, Page, expect

from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.gateways.sandbox.requests import Effect, Request
from tests.browser.payment_page import PaymentPage
from tests.support.databases import write_into
from tests.support.running import SETTINGS, RunningShop

# By the addresses of shops.
SIGNED_IN: dict[str, Any] = {}


def sign_in(page: Page, shop: RunningShop) -> None:
    """Once at each shop, as to hash a password takes long by intent; after that the cookies are the same again."""
    if shop.url not in SIGNED_IN:
        SIGNED_IN[shop.url] = _signed_in(page.context.browser, shop)
    page.context.add_cookies(SIGNED_IN[shop.url])


def _signed_in(browser: Browser | None, shop: RunningShop) -> Any:
    """The cookies of a browser that has done nothing else."""
    assert browser is not None
    with browser.new_context() as context:
        page = context.new_page()
        type_password(page, shop, str(SETTINGS["ADMIN_PASSWORD"]))
        page.wait_for_url("**/admin")
        return context.cookies()


def type_password(page: Page, shop: RunningShop, password: str) -> None:
    page.goto(f"{shop.url}/admin/login")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def paid(page: Page, shop: RunningShop) -> PaymentPage:
    """A payment of somebody else's that is paid."""
    payment = PaymentPage(page, shop, shop.visitor().order())
    shop.visitor().pay(payment.session, "sandbox_approve")
    payment.wait_for_record("completed")
    return payment


def ask_refund(page: Page, shop: RunningShop) -> None:
    payment = paid(page, shop)
    sign_in(page, shop)
    page.goto(f"{shop.url}/admin/sessions/{payment.session}")
    page.get_by_text("Give money back …").click()
    page.get_by_label("How much").fill("10.50")
    page.get_by_label("Reason").fill("One of the cups was broken, and the shopper keeps the others")
    expect(page.get_by_test_id("refund")).to_be_visible()


def ask_too_much(page: Page, shop: RunningShop) -> None:
    ask_refund(page, shop)
    page.get_by_label("How much").fill("1000")
    page.get_by_test_id("refund").click()
    expect(page.get_by_role("alert")).to_be_focused()


def see_what_it_means(page: Page, shop: RunningShop) -> None:
    ask_refund(page, shop)
    page.get_by_test_id("refund").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Give €10.50 back?")


def give_back_in_part(page: Page, shop: RunningShop) -> None:
    see_what_it_means(page, shop)
    page.get_by_test_id("confirm-refund").click()
    expect(page.get_by_test_id("refund-made")).to_be_visible()


def shopper_follows_a_refund(page: Page, shop: RunningShop) -> None:
    give_back_in_part(page, shop)
    [token] = shop.rows("select token from shop_order order by id desc")[0]
    page.goto(f"{shop.url}/orders/{token}")
    page.get_by_test_id("to-refunds").click()
    expect(page.get_by_test_id("refund-shown")).to_have_count(1)


def shopper_is_told_of_a_part(page: Page, shop: RunningShop) -> None:
    give_back_in_part(page, shop)
    page.goto(page.url.replace("/admin/sessions/", "/pay/"))
    expect(page.get_by_text("€10.50 of €42.00 was returned.")).to_be_visible()


def charge_nobody_knows(ledger: Ledger) -> str:
    """A charge that no payment stands for; returns its reference."""
    reference = ledger.open(f"session-of-{token_hex(12)}", 4200, "EUR")
    ledger.request(reference, 1, Request(Effect.CHARGE, time.time(), "", ""))
    return reference


def look_into_the_inbox(page: Page, shop: RunningShop) -> None:
    """With a charge that no payment stands for, and one that the gateway made after its payment had ended."""
    ledger = Ledger(shop.ledger, time.time)
    unknown = charge_nobody_knows(ledger)
    late = shop.visitor().order()
    shop.visitor().pay(late, "sandbox_decline")
    shop.visitor().wait_until(late, "interrupted")
    shop.visitor().cancel(late)
    shop.visitor().wait_until(late, "cancelled")
    write_into(
        shop.ledger,
        "insert into charge (reference, attempt, charged_at) select reference, 1, ? from reference where session = ?",
        time.time(),
        late,
    )
    sign_in(page, shop)
    look_now(page, shop)
    expect(page.locator('[data-verdict="late_money"]').first).to_be_visible()
    ledger.refund(unknown, 4200, unknown)  # it is found already; in the end the books of this shop must agree


def look_now(page: Page, shop: RunningShop) -> None:
    """In the inbox, until the gateway's books are read."""
    page.goto(f"{shop.url}/admin/inbox")
    page.get_by_test_id("look").click()
    expect(page.get_by_text("Reading the gateway's books. Open this page again")).to_be_visible()
    _reload_until(page, "text=held against ours")


def see_what_giving_back_a_charge_means(page: Page, shop: RunningShop) -> None:
    look_into_the_inbox(page, shop)
    page.get_by_test_id("refund-finding").first.click()
    expect(page.get_by_test_id("confirm-refund")).to_be_visible()


def have_looked_after_one(page: Page, shop: RunningShop) -> None:
    see_what_giving_back_a_charge_means(page, shop)
    page.get_by_test_id("confirm-refund").click()
    expect(page.get_by_test_id("settled-finding").first).to_be_visible()


def _reload_until(page: Page, selector: str) -> None:
    for _ in range(100):
        page.reload()
        if page.locator(selector).count():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"nothing like {selector} within 10 s")
