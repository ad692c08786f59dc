"""A warning before time runs out, one click for more, and the truth once it is over."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from smartcart.rules.patience import WARN_BEFORE
from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop

LIFETIME = 900
STATUS = re.compile("/status")
EXPIRED = "The time for this payment is over. Nothing was taken."


@pytest.fixture(scope="module")
def hasty_shop(open_shop: Callable[..., RunningShop]) -> RunningShop:
    """Gives its shoppers a few seconds, and sweeps so seldom that only a look can tell that they are over."""
    return open_shop(session_lifetime=3, cleanup_interval=600, poll_interval=0.3)


def test_the_warning_comes_two_minutes_before_the_end_and_one_click_takes_it_back(
    page: Page, silent_shop: RunningShop
) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, silent_shop)
    warning = payment.status.get_by_text("left to pay")
    page.clock.fast_forward(round(LIFETIME - WARN_BEFORE - 30) * 1000)
    expect(warning).to_be_hidden()
    page.clock.fast_forward(40_000)
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("Less than 2 min left to pay")
    expect(payment.announced).to_contain_text("left to pay")
    silent_shop.let_expire(payment.session, WARN_BEFORE - 10)  # for the shop, too, so much time has passed
    payment.button("extend").click()
    expect(warning).to_be_hidden()
    expect(payment.status).to_contain_text("You now have until")
    expect(payment.announced).to_contain_text(f"You now have until {payment.button('expires-at').text_content()}.")
    expect(payment.button("extend")).to_be_focused()


def test_more_time_can_be_had_ten_times_and_then_the_button_is_gone(payment: PaymentPage) -> None:
    for number in range(1, 11):
        expect(payment.button("extend")).to_be_visible()
        payment.shop.let_expire(payment.session, LIFETIME / 2)
        payment.button("extend").click()
        expect(payment.status).to_have_attribute("data-version", str(1 + number))
    expect(payment.button("extend")).to_have_count(0)
    expect(payment.status).to_contain_text("You now have until")
    payment.pay("approve")
    payment.expect_state("completed")


def test_presses_that_would_change_nothing_cost_nothing_and_are_answered(payment: PaymentPage) -> None:
    payment.shop.let_expire(payment.session, LIFETIME / 2)
    for _ in range(12):
        with payment.page.expect_response("**/extend"):
            payment.button("extend").click()
        expect(payment.status).to_contain_text("You now have until")
    assert payment.record("extensions") == 1


def test_an_open_page_tells_by_itself_that_time_is_over(page: Page, hasty_shop: RunningShop) -> None:
    on_the_shelf = hasty_shop.stock("teapot")
    payment = PaymentPage.of_new_order(page, hasty_shop)
    assert hasty_shop.stock("teapot") == on_the_shelf - 1
    expect(payment.status.get_by_text("left to pay")).to_be_visible()
    payment.expect_state("expired", money="not_taken")
    expect(payment.announced).to_contain_text("Time is over. Nothing was taken")
    expect(payment.button("pay")).to_have_count(0)
    assert hasty_shop.stock("teapot") == on_the_shelf


def test_a_press_on_pay_after_the_end_is_refused_and_says_why(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, shop)
    page.route(STATUS, lambda route: route.abort())  # the page has not heard of it
    shop.let_expire(payment.session, -1)
    payment.pay("approve")
    expect(payment.status.get_by_role("alert")).to_have_text(EXPIRED)
    expect(payment.status.get_by_role("alert")).to_be_focused()
    payment.expect_state("expired", money="not_taken")
    assert payment.attempts() == 0
    assert payment.charges() == 0


def test_where_nothing_is_polled_the_page_still_notices_that_time_is_over(page: Page, silent_shop: RunningShop) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, silent_shop)
    silent_shop.let_expire(payment.session, -1)
    page.clock.fast_forward((LIFETIME + 1) * 1000)
    payment.expect_state("expired", money="not_taken")
    expect(payment.announced).to_contain_text("Time is over. Nothing was taken")
    expect(payment.button("pay")).to_have_count(0)


def test_at_the_end_of_its_time_a_page_out_of_reach_of_the_shop_offers_nothing_more(
    page: Page, shop: RunningShop
) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, shop)
    page.route(STATUS, lambda route: route.abort())
    page.clock.fast_forward((LIFETIME + 1) * 1000)
    expect(payment.heading).to_have_text("Time is over")
    expect(payment.button("pay")).to_be_disabled()
    expect(payment.status).not_to_contain_text("No money has been taken yet")


def test_without_javascript_the_page_looks_again_when_time_is_over(
    hasty_shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    payment = PaymentPage.of_new_order(another_browser(java_script_enabled=False), hasty_shop)
    payment.expect_state("created")
    payment.expect_state("expired", money="not_taken")


def test_days_away_the_end_has_its_date_and_the_name_of_the_shops_time_zone(
    open_shop: Callable[..., RunningShop], another_browser: Callable[..., Page]
) -> None:
    shop = open_shop(session_lifetime=3 * 86400, time_zone="America/Sao_Paulo")
    for scripts in (True, False):
        page = another_browser(java_script_enabled=scripts, timezone_id="Asia/Tokyo")
        payment = PaymentPage.of_new_order(page, shop)
        expect(payment.button("expires-at")).to_have_text(re.compile(r"^\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC-03$"))
