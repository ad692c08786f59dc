"""Who leaves a payment finds the way back: from another page, in another tab, after Back, without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.payment_page import PaymentPage, accept_dialogs
from tests.browser.test_reload_and_back import COME_BACK_FROM_MEMORY
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop

LOOKED_AT_AGAIN = 'document.dispatchEvent(new Event("visibilitychange"))'


def way_back(page: Page) -> Locator:
    return page.get_by_test_id("own-payment")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_payment_in_the_dark_is_not_begun_a_second_time_unawares(
    patient_shop: PatientShop, another_browser: Callable[..., Page], script: bool
) -> None:
    page = another_browser(java_script_enabled=script)
    payment = PaymentPage.of_own_order(page, patient_shop)
    accept_dialogs(page)
    with patient_shop.silence():
        payment.pay("approve")
        payment.wait_for_record("processing")
        page.get_by_role("link", name="SmartCart").click()
        page.wait_for_url(f"{patient_shop.url}/")
        expect(way_back(page)).to_contain_text("Payment of €42.00")

        page.goto(f"{patient_shop.url}/products/teapot")
        page.get_by_test_id("add-to-cart").click()
        expect(page.get_by_test_id("second-order")).to_contain_text("you may pay twice")
        page.get_by_test_id("checkout").click()
        expect(page.get_by_test_id("place-order")).to_have_text("Order a second time and go to payment")

        way_back(page).get_by_role("link").click()
        expect(page).to_have_url(payment.url)
    payment.wait_for_record("completed")
    page.goto(patient_shop.url)
    expect(way_back(page)).to_contain_text("paid: see it")
    assert payment.charges() == 1


def test_a_tab_that_stood_behind_another_knows_when_it_is_looked_at(page: Page, silent_shop: RunningShop) -> None:
    page.goto(f"{silent_shop.url}/products/teapot")
    payment = PaymentPage.of_own_order(page.context.new_page(), silent_shop)
    expect(way_back(page)).to_have_count(0)
    page.evaluate(LOOKED_AT_AGAIN)
    expect(way_back(page)).to_contain_text("it is not paid yet")
    way_back(page).get_by_role("link").click()
    expect(page).to_have_url(payment.url)


def test_a_page_out_of_the_browsers_memory_is_asked_for_anew(page: Page, silent_shop: RunningShop) -> None:
    """Playwright's Chromium has no such memory, so the page is told that it comes from there."""
    page.goto(f"{silent_shop.url}/cart")
    PaymentPage.of_own_order(page.context.new_page(), silent_shop)
    expect(way_back(page)).to_have_count(0)
    page.evaluate(COME_BACK_FROM_MEMORY)
    expect(way_back(page)).to_contain_text("it is not paid yet")


def test_after_back_the_way_is_there(page: Page, silent_shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, silent_shop)
    page.go_back()
    expect(way_back(page)).to_contain_text("it is not paid yet")
    page.go_forward()
    expect(page).to_have_url(payment.url)
    expect(way_back(page)).to_have_count(0)
