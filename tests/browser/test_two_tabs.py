"""One payment, open in two places: both show the same truth, and one pays."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.databases import ON_BOTH
from tests.support.running import RunningShop

# Each database holds two presses apart in its own way.
pytestmark = ON_BOTH

STATUS = "**/status?*"
# The latter on a machine so busy that the gateway's silence was noticed before the second press.
UNDER_WAY = re.compile("A payment is under way|We are still checking your last payment")


def test_two_tabs_that_pay_at_once_make_one_attempt(payment: PaymentPage, context: BrowserContext) -> None:
    other = payment.in_page(context.new_page())
    other.page.route(STATUS, lambda route: route.abort())  # a tab that has not heard of the first press yet
    payment.pay("timeout_charged")
    other.pay("approve")
    expect(other.status.get_by_role("alert")).to_contain_text(UNDER_WAY)
    expect(other.status.get_by_role("alert")).to_be_focused()
    other.page.unroute(STATUS)
    for tab in (payment, other):
        tab.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert payment.charges() == 1


def test_a_second_device_with_the_link_shows_the_truth_and_can_pay(
    page: Page, shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    expect(payment.page.get_by_role("complementary")).to_contain_text("@example.org")
    payment.pay("decline")
    payment.expect_state("interrupted", attempts="1")

    device = payment.in_page(another_browser())
    device.expect_state("interrupted", money="not_taken", attempts="1")
    expect(device.page.get_by_role("complementary")).to_contain_text("Teapot")
    expect(device.page.locator("body")).not_to_contain_text("@example.org")
    device.pay("approve", "retry")
    for page_of_it in (device, payment):
        page_of_it.expect_state("completed", money="taken", attempts="2")
    expect(device.page.get_by_role("link", name="See your order")).to_have_count(0)
    assert payment.charges() == 1
