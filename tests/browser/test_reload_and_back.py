"""Reload, Back and Forward in mid-payment show the truth, and pay nothing again."""

from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage, accept_dialogs
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop

COME_BACK_FROM_MEMORY = 'dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))'


def test_a_reload_in_mid_payment_sends_nothing_again(page: Page, patient_shop: PatientShop) -> None:
    payment = PaymentPage.of_new_order(page, patient_shop)
    accept_dialogs(page)
    with patient_shop.silence():
        payment.pay("approve")
        payment.expect_state("processing", attempts="1")
        page.reload()
        expect(payment.status).to_have_attribute("data-money", "checking")
        expect(payment.button("pay")).to_be_disabled()
        page.reload()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert payment.charges() == 1


def test_back_and_forward_in_mid_payment_find_the_truth(page: Page, shop: RunningShop) -> None:
    page.goto(shop.url)
    payment = PaymentPage.of_new_order(page, shop)
    accept_dialogs(page)
    payment.pay("timeout_charged")
    payment.expect_state("processing", attempts="1")
    page.go_back()
    expect(page).to_have_url(f"{shop.url}/")
    page.go_forward()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert payment.charges() == 1


def test_a_page_out_of_the_browsers_memory_looks_at_once(page: Page, silent_shop: RunningShop) -> None:
    """Playwright's Chromium has no such memory, so the page is told that it comes from there."""
    payment = PaymentPage.of_new_order(page, silent_shop)
    silent_shop.visitor().cancel(payment.session)
    payment.expect_state("created")
    page.evaluate(COME_BACK_FROM_MEMORY)
    payment.expect_state("cancelled", money="not_taken")
