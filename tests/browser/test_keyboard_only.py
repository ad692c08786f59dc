"""From the catalogue to a paid order without a mouse, and never lost on the way."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.payment_page import PaymentPage, new_address
from tests.support.running import RunningShop

# More than any page here has places to stop at.
MOST_STOPS = 60


def test_a_shopper_orders_and_pays_by_keyboard_alone(page: Page, shop: RunningShop) -> None:
    page.goto(shop.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _go_to(page.get_by_role("button", name="Linen tea towel"), "Enter")
    _go_to(page.get_by_test_id("checkout"), "Enter")
    _go_to(page.get_by_test_id("field-name"))
    page.keyboard.type("Ada Lovelace")
    _go_to(page.get_by_test_id("field-email"))
    page.keyboard.type(new_address())
    _go_to(page.get_by_test_id("place-order"), "Enter")
    page.wait_for_url("**/pay/*")

    payment = PaymentPage(page, shop, page.url.rpartition("/")[2])
    _go_to(payment.method("approve"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(payment.method("decline")).to_be_checked()
    _go_to(payment.button("pay"), "Space")
    expect(payment.heading).to_be_focused()
    payment.expect_state("interrupted", attempts="1")
    expect(payment.heading).to_be_focused()

    _go_to(payment.method("decline"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    _go_to(payment.button("retry"), "Enter")
    payment.expect_state("completed", money="taken", attempts="2")
    expect(payment.heading).to_be_focused()
    _go_to(page.get_by_role("link", name="See your order"), "Enter")
    expect(page.get_by_test_id("order-confirmation")).to_have_attribute("data-status", "paid")
    assert payment.charges() == 1


def test_enter_on_a_way_to_pay_pays(payment: PaymentPage) -> None:
    payment.method("approve").focus()
    payment.page.keyboard.press("Enter")
    payment.expect_state("completed", attempts="1")


def _go_to(wanted: Locator, key: str = "") -> None:
    """Press Tab until it has the focus, and shows it; then press a key."""
    page = wanted.page
    for _ in range(MOST_STOPS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    assert wanted.evaluate("(element) => element.matches(':focus-visible')")
    if key:
        page.keyboard.press(key)
