"""Going on by phone: the screen shows a code, the phone that reads it shows the same payment, and one of them pays."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.links import code_of
from tests.support.running import RunningShop


def test_the_phone_pays_what_the_screen_shows(
    page: Page, shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    by_phone = page.get_by_test_id("go-on-by-phone")
    by_phone.get_by_text("Go on by phone").click()
    picture = by_phone.get_by_role("img")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.phone img').naturalWidth > 0")

    phone = another_browser(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    phone.goto(code_of(shop, payment.session))
    there = PaymentPage(phone, shop, payment.session)
    there.expect_state("created", money="not_taken")
    expect(phone.get_by_test_id("go-on-by-phone")).to_have_count(0)
    there.pay("approve")
    there.expect_state("completed", money="taken", attempts="1")
    payment.expect_state("completed", money="taken", attempts="1")
    expect(by_phone).to_be_hidden()
    assert payment.charges() == 1


def test_a_small_screen_is_not_asked_to_go_on_by_another(
    shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    phone = another_browser(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    PaymentPage.of_own_order(phone, shop)
    expect(phone.get_by_test_id("go-on-by-phone")).to_be_hidden()
