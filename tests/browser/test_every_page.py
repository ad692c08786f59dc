"""Every page, in every state: usable by everybody, in the light, in the dark and on a small phone."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.rules.drills import Promise
from tests.admin.drill.parts import verdict
from tests.browser import hold, law, money_back, sending
from tests.browser.accessibility import PHONE, violations
from tests.browser.payment_page import PaymentPage
from tests.browser.test_saved_cards import keep_card, open_cards
from tests.support.caller import CHARGE
from tests.support.links import link_to
from tests.support.running import RunningShop
from tests.support.silent_gateway import QUESTIONS, PatientShop
from tests.support.waiting import wait_for

DESK: ViewportSize = {"width": 1280, "height": 720}
DECLINED = "select id from payment_session where state = 'interrupted' order by created_at desc"

Visit = Callable[[Page, PatientShop], object]


def _address(path: str) -> Visit:
    return lambda page, shop: page.goto(shop.url + path)


def _full_cart(page: Page, shop: RunningShop) -> None:
    for slug in ("stoneware-mug", "beeswax-candle"):
        page.goto(f"{shop.url}/products/{slug}")
        page.get_by_test_id("add-to-cart").click()


def _refused_quantity(page: Page, shop: RunningShop) -> None:
    page.goto(f"{shop.url}/products/stoneware-mug")
    page.get_by_label("Quantity").fill("many")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _checkout(page: Page, shop: RunningShop) -> None:
    _full_cart(page, shop)
    page.get_by_test_id("checkout").click()


def _checkout_with_errors(page: Page, shop: RunningShop) -> None:
    _checkout(page, shop)
    page.get_by_test_id("field-email").fill("nowhere")
    page.get_by_test_id("place-order").click()
    expect(page.get_by_role("alert")).to_be_focused()


def _created(page: Page, shop: RunningShop) -> None:
    PaymentPage.of_own_order(page, shop)


def _last_minutes(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, shop)
    shop.let_expire(payment.session, seconds=90)
    payment.open()
    expect(payment.status.get_by_text("left to pay")).to_be_visible()


def _paid_with(method: str, state: str) -> Visit:
    def visit(page: Page, shop: RunningShop) -> None:
        payment = PaymentPage(page, shop, shop.visitor().order())
        shop.visitor().pay(payment.session, f"sandbox_{method}")
        payment.wait_for_record(state)
        payment.open()
        payment.expect_state(state)

    return visit


def _checking(page: Page, shop: PatientShop) -> None:
    with shop.silence(QUESTIONS):
        _paid_with("lost_reply", "checking")(page, shop)


def _failed(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage(page, shop, shop.visitor().order())
    for state in ("interrupted", "interrupted", "failed"):
        shop.visitor().pay(payment.session, "sandbox_decline")
        payment.wait_for_record(state)
    payment.open()
    payment.expect_state("failed")


def _refused_payment(page: Page, shop: RunningShop) -> None:
    """A page that has not heard of the first attempt."""
    payment = PaymentPage.of_new_order(page, shop)
    shop.visitor().pay(payment.session, "sandbox_timeout")
    payment.pay("approve")
    expect(payment.status.get_by_role("alert")).to_be_visible()


def _cancelling(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, shop)
    payment.pay("timeout")
    payment.expect_state("processing")  # this page does not poll: the answer that comes last stays on it
    payment.button("cancel").click()
    expect(payment.heading).to_have_text("Cancelling your payment")


def _cancelled(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    payment.button("cancel").click()
    payment.expect_state("cancelled")


def _statement(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage(page, shop, shop.visitor().order())
    shop.visitor().pay(payment.session, "sandbox_decline")
    payment.wait_for_record("interrupted")
    shop.visitor().cancel(payment.session)
    payment.wait_for_record("cancelled")
    payment.open()
    page.get_by_test_id("to-statement").click()
    expect(page.get_by_test_id("statement")).to_be_visible()


def _statement_at_the_bank(page: Page, shop: RunningShop) -> None:
    _statement(page, shop)
    page.get_by_test_id("check-address").click()
    expect(page.get_by_test_id("statement-check")).to_have_attribute("data-holds", "yes")


def _no_statement(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    page.goto(f"{shop.url}/pay/{payment.session}/statement")


def _by_link(page: Page, shop: RunningShop) -> None:
    page.goto(link_to(shop, shop.visitor().order()))
    expect(page.get_by_test_id("pay")).to_be_visible()


def _order_again(page: Page, shop: RunningShop) -> None:
    visitor = shop.visitor()
    session = visitor.order("stoneware-mug")
    visitor.cancel(session)
    page.goto(link_to(shop, session))
    page.get_by_role("link", name="Order again").click()
    expect(page.get_by_test_id("order-again")).to_be_visible()


def _expired(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, shop)
    shop.write("update payment_session set expires_at = created_at where id = ?", payment.session)
    payment.open()
    payment.expect_state("expired")


def _refunded(page: Page, shop: RunningShop) -> None:
    """As it is once money that came too late has been given back."""
    _paid_with("approve", "completed")(page, shop)
    payment = PaymentPage(page, shop, page.url.rpartition("/")[2])
    Ledger(shop.ledger, time.time).refund(payment.record("reference"), 4200, "all of it")
    shop.write("update payment_session set state = 'refunded', refunded = amount where id = ?", payment.session)
    shop.write("update shop_order set status = 'refunded', refunded = amount where id = ?", payment.record("order_id"))
    payment.open()
    payment.expect_state("refunded", money="returned")


def _offline(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, shop)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(payment.banner).to_be_visible()


def _order(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    payment.pay("approve")
    payment.wait_for_record("completed")
    payment.open()
    page.get_by_role("link", name="See your order").click()


def _saved_cards(page: Page, shop: RunningShop) -> None:
    keep_card(page, shop)
    open_cards(page, shop)
    page.get_by_test_id("make-link").click()
    expect(page.get_by_test_id("link-address")).to_be_visible()
    page.get_by_test_id("remove-card").click()


def _link_to_saved_cards(page: Page, shop: RunningShop) -> None:
    _saved_cards(page, shop)
    page.goto(page.get_by_test_id("link-address").input_value())


def _payment_with_kept_card(page: Page, shop: RunningShop) -> None:
    keep_card(page, shop)
    PaymentPage.of_own_order(page, shop)


def _bank(page: Page, shop: RunningShop) -> None:
    _paid_with("challenge", "action_required")(page, shop)
    page.get_by_test_id("confirm-with-bank").click()


def _bank_over(page: Page, shop: RunningShop) -> None:
    _bank(page, shop)
    shop.visitor().cancel(shop.rows("select session_id from payment_attempt order by id desc")[0][0])
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("There is nothing to confirm any more")


def _refused_sign_in(page: Page, shop: RunningShop) -> None:
    money_back.type_password(page, shop, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()


def _admin(path: str, *rows: str) -> Visit:
    """A page of the admin, who has a declined payment to see; `{0}` in the path is what the last of `rows` finds."""

    def visit(page: Page, shop: RunningShop) -> None:
        money_back.sign_in(page, shop)
        if not shop.rows(DECLINED):
            shop.visitor().pay(shop.visitor().order(), "sandbox_decline")
            wait_for(lambda: shop.rows(DECLINED))
        page.goto(shop.url + path.format(*(shop.rows(query)[0][0] for query in rows)))

    return visit


def _failed_drill(page: Page, shop: RunningShop) -> None:
    """With its evidence."""
    shop.write(
        "insert into drill_run (state, asked_by, asked_at, heard_at, scenarios, step, step_number, steps, problem,"
        " result) values ('failed', 'owner', ?, ?, 'lost_reply', 'reading', 4, 4, '', ?)",
        *["2026-11-29 03:00:00.000000"] * 2,
        json.dumps(verdict(Promise.NEVER_TWICE, Promise.TRUE_LETTERS)),
    )
    _admin("/admin/drill/{0}", "select id from drill_run order by id desc")(page, shop)
    page.locator("details.evidence summary").click()
    expect(page.get_by_text("session one").first).to_be_visible()


def _analytics(page: Page, shop: RunningShop) -> None:
    """With figures, and all that can be opened open."""
    _admin("/admin/analytics")(page, shop)
    shop.command("analytics")
    page.reload()
    expect(page.locator("[data-section]").first).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()


def _with_a_letter(path: str, *rows: str) -> Visit:
    """The same once somebody has paid and the receipt is written."""

    def visit(page: Page, shop: RunningShop) -> None:
        shop.visitor().pay(shop.visitor().order(), "sandbox_approve")
        wait_for(lambda: shop.rows("select id from outbox where message is not null"))
        _admin(path, *rows)(page, shop)

    return visit


def _with_a_webhook(path: str, *rows: str) -> Visit:
    """The same once something could not be delivered: to this machine nothing is sent."""

    def visit(page: Page, shop: RunningShop) -> None:
        if not shop.rows("select id from webhook_endpoint"):
            key = shop.command("api-key", "create", "a till").stdout.strip()
            shop.command("webhook", "create", "a till", "https://localhost/a-rather-long-address-of-webhooks")
            order = {"reference": "A-1", **CHARGE}
            create = f"{shop.url}/api/payments/session/create"
            assert page.request.post(create, data=order, headers={"Authorization": f"Bearer {key}"}).ok
        wait_for(lambda: shop.rows("select id from webhook_delivery where tries > 0"))
        _admin(path, *rows)(page, shop)

    return visit


PAGES: dict[str, Visit] = {
    "catalogue": _address("/"),
    "product": _address("/products/stoneware-mug"),
    "product, sold out": _address("/products/pocket-notebook"),
    "product, quantity refused": _refused_quantity,
    "cart, empty": _address("/cart"),
    "cart, full": _full_cart,
    "checkout": _checkout,
    "checkout with errors": _checkout_with_errors,
    "payment, created": _created,
    "payment, with a kept card": _payment_with_kept_card,
    "payment, last minutes": _last_minutes,
    "payment, processing": _paid_with("timeout", "processing"),
    "payment, action required": _paid_with("challenge", "action_required"),
    "payment, checking": _checking,
    "payment, interrupted": _paid_with("decline", "interrupted"),
    "payment, refused": _refused_payment,
    "payment, cancelling": _cancelling,
    "payment, completed": _paid_with("approve", "completed"),
    "payment, failed": _failed,
    "payment, out of reach": _paid_with("unreachable", "interrupted"),
    "payment, cancelled": _cancelled,
    "payment, expired": _expired,
    "payment, refunded": _refunded,
    "payment, returned in part": money_back.shopper_is_told_of_a_part,
    "payment, by link": _by_link,
    "payment, order again": _order_again,
    "payment, offline": _offline,
    "order": _order,
    "payment set aside": hold.see_it_set_aside,
    "payment set aside, given free": hold.see_it_given_free,
    "order, refunds": money_back.shopper_follows_a_refund,
    "statement of no charge": _statement,
    "statement of no charge, at the bank": _statement_at_the_bank,
    "statement of no charge, none": _no_statement,
    "no more reminders, cut off": _address("/unsubscribe/cut-off"),
    "saved cards": _saved_cards,
    "saved cards, none": _address("/cards"),
    "saved cards, link": _link_to_saved_cards,
    "bank": _bank,
    "bank, over": _bank_over,
    "no such page": _address("/nowhere"),
    "no such payment": _address("/pay/nowhere"),
    "checkout of what is sent": sending.ask_for_an_address,
    "checkout of what is sent, refused": sending.be_told_what_is_missing,
    "order on its way": sending.see_it_on_its_way,
    "admin, prices of delivery": sending.set_prices,
    "admin, orders to be packed": sending.see_what_is_to_be_packed,
    "admin, order packed": sending.pack,
    "admin, order sent": sending.send,
    "admin, tracking link refused": sending.be_refused_a_link,
    "admin, packing slip": sending.see_the_slip,
    "page of law": law.read_it,
    "admin, shop": law.give_it_a_face,
    "admin, page of law, looked at": law.write_it,
    "admin, sign in": _address("/admin/login"),
    "admin, sign-in refused": _refused_sign_in,
    "admin, overview": _admin("/admin"),
    "admin, sessions": _admin("/admin/sessions"),
    "admin, session": _admin("/admin/sessions/{0}", DECLINED),
    "admin, session set aside": hold.decide_on_it,
    "admin, messages": _admin("/admin/messages"),
    "admin, all payments": _admin("/admin/payments"),
    "admin, exports": _admin("/admin/exports"),
    "admin, search": _admin("/admin/search"),
    "admin, weather": _admin("/admin/weather"),
    "admin, fraud rules": _admin("/admin/fraud"),
    "admin, fraud rules tried": _admin("/admin/fraud/dry-run"),
    "admin, fraud rule": _admin("/admin/fraud/rules/1"),
    "admin, support": _admin("/admin/support"),
    "admin, support beside a payment": _admin("/admin/support/{0}", "select id from payment_session"),
    "admin, analytics": _analytics,
    "admin, drill": _admin("/admin/drill"),
    "admin, drill failed": _failed_drill,
    "admin, orders": _admin("/admin/orders"),
    "admin, order": _admin("/admin/orders/{0}", "select number from shop_order order by id desc"),
    "admin, refund refused": money_back.ask_too_much,
    "admin, refund to confirm": money_back.see_what_it_means,
    "admin, refund made": money_back.give_back_in_part,
    "admin, inbox": money_back.look_into_the_inbox,
    "admin, inbox, refund": money_back.see_what_giving_back_a_charge_means,
    "admin, inbox, settled": money_back.have_looked_after_one,
    "admin, inbox, sum set aside": hold.find_one_that_nobody_waits_for,
    "admin, products": _admin("/admin/products"),
    "admin, keys": _admin("/admin/keys"),
    "admin, webhooks": _with_a_webhook("/admin/webhooks"),
    "admin, webhook": _with_a_webhook("/admin/webhooks/{0}", "select id from webhook_endpoint"),
    "admin, delivery": _with_a_webhook("/admin/webhooks/deliveries/{0}", "select id from webhook_delivery"),
    "admin, letters": _with_a_letter("/admin/letters"),
    "admin, letter": _with_a_letter("/admin/letters/{0}", "select id from outbox order by id desc"),
    "admin, product": _admin("/admin/products/{0}", "select id from product"),
}


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use(name: str, page: Page, silent_shop: PatientShop) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour turns while it is looked at
    PAGES[name](page, silent_shop)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page, "color-contrast") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "it scrolls sideways on a phone"


@pytest.fixture(scope="module")
def tab(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """One for all pages: to open another takes as long as to look at what it shows."""
    with browser.new_context(**browser_context_args) as context:
        yield context.new_page()


@pytest.fixture
def context(tab: Page) -> BrowserContext:
    """A browser that nobody knows."""
    tab.context.clear_cookies()
    return tab.context


@pytest.fixture
def page(tab: Page, context: BrowserContext) -> Page:
    tab.set_viewport_size(DESK)
    return tab
