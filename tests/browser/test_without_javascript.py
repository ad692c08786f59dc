"""Every scenario that can exist without JavaScript, without it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage, accept_dialogs
from tests.support.silent_gateway import QUESTIONS, PatientShop


@pytest.fixture
def payment(shop: PatientShop, another_browser: Callable[..., Page]) -> PaymentPage:
    """In a browser that runs no script."""
    return PaymentPage.of_new_order(another_browser(java_script_enabled=False), shop)


def test_a_payment_completes_and_the_page_renews_itself(payment: PaymentPage) -> None:
    payment.pay("approve")
    expect(payment.button("pay")).to_be_disabled()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1


def test_a_timeout_is_checked_before_another_attempt(payment: PaymentPage, shop: PatientShop) -> None:
    with shop.silence(QUESTIONS):
        payment.pay("timeout")
        expect(payment.button("pay")).to_be_disabled()
        _look_until(payment, "checking")
        expect(payment.status).to_contain_text("did not answer in time")
    _look_until(payment, "interrupted")
    payment.pay("approve", "retry")
    _look_until(payment, "completed")
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charges() == 1


def test_a_network_error_is_tried_again_without_a_press(payment: PaymentPage) -> None:
    payment.pay("unreachable_once")
    _look_until(payment, "completed")
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charges() == 1


def test_all_attempts_used_end_without_money(payment: PaymentPage) -> None:
    for button in ("pay", "retry", "retry"):
        payment.pay("decline", button)
        payment.wait_for_record("interrupted", "failed")
        payment.open()
    payment.expect_state("failed", money="not_taken", attempts="3")
    expect(payment.counter).to_have_text("Attempt 3 of 3")
    assert payment.charges() == 0


def test_a_cancel_waits_for_the_outcome(payment: PaymentPage) -> None:
    payment.pay("timeout")
    payment.button("cancel").click()
    expect(payment.heading).to_have_text("Cancelling your payment")
    _look_until(payment, "cancelled")
    payment.expect_state("cancelled", money="not_taken", attempts="1")
    assert payment.charges() == 0


def test_nobody_is_asked_when_leaving_because_nothing_is_lost_by_it(payment: PaymentPage) -> None:
    asked = accept_dialogs(payment.page)
    payment.pay("approve")
    payment.expect_state("processing")
    payment.page.get_by_role("link", name="SmartCart").click()
    expect(payment.page).to_have_url(f"{payment.shop.url}/")
    assert asked == []
    payment.wait_for_record("completed")
    payment.open()
    payment.expect_state("completed", money="taken")


def test_more_time_is_given_and_the_bank_is_asked(payment: PaymentPage) -> None:
    payment.shop.let_expire(payment.session, 500)
    before = payment.record("expires_at")
    payment.button("extend").click()
    payment.expect_state("created")
    assert payment.record("expires_at") > before
    payment.pay("challenge")
    _look_until(payment, "action_required")
    payment.button("confirm-with-bank").click()
    payment.button("confirm").click()
    _look_until(payment, "completed")
    assert payment.charges() == 1


def test_a_refused_press_leads_to_the_page_with_the_reason_and_its_refresh_keeps_both(
    patient_shop: PatientShop, another_browser: Callable[..., Page]
) -> None:
    payment = PaymentPage.of_new_order(another_browser(java_script_enabled=False), patient_shop)
    other = payment.in_page(payment.page.context.new_page())
    with patient_shop.silence():
        payment.pay("decline")
        payment.expect_state("processing")
        other.pay("approve")
        expect(other.status.get_by_role("alert")).to_contain_text("A payment is under way")
        other.expect_state("processing", money="checking")
        assert other.page.url.partition("?")[0] == payment.url
    _look_until(other, "interrupted")
    expect(other.status.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("form", ["attempts", "cancel", "extend", "abandon", "look"])
def test_at_the_address_of_a_form_lives_the_payment_page(payment: PaymentPage, form: str) -> None:
    payment.page.goto(f"{payment.url}/{form}")
    assert payment.page.url == payment.url
    payment.expect_state("created")


def test_more_time_is_confirmed_with_its_end(payment: PaymentPage) -> None:
    payment.button("extend").click()
    expect(payment.status).to_contain_text(f"You now have until {payment.button('expires-at').text_content()}.")


def _look_until(payment: PaymentPage, state: str) -> None:
    """Look again once it is on record, sooner than the page would by itself."""
    payment.wait_for_record(state)
    payment.open()
    payment.expect_state(state)
