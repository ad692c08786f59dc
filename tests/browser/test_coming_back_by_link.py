"""A shopper opens the link in a mail on another device, with JavaScript and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.links import link_to
from tests.support.silent_gateway import QUESTIONS, PatientShop


@pytest.fixture(params=[True, False], ids=["with script", "without"])
def other_device(request: pytest.FixtureRequest, another_browser: Callable[..., Page]) -> Page:
    return another_browser(java_script_enabled=request.param)


def test_the_truth_is_seen_and_the_order_paid_there(shop: PatientShop, other_device: Page) -> None:
    payment = PaymentPage(other_device, shop, shop.visitor().order())
    other_device.goto(link_to(shop, payment.session))
    payment.expect_state("created", money="not_taken")
    payment.pay("decline")
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    payment.pay("approve", "retry")
    payment.expect_state("completed", money="taken", attempts="2")
    assert "/resume/" in other_device.url
    expect(other_device.locator("body")).not_to_contain_text("Ada")
    assert payment.charges() == 1


def test_what_is_in_the_dark_is_shown_as_that_until_it_is_known(shop: PatientShop, other_device: Page) -> None:
    payment = PaymentPage(other_device, shop, shop.visitor().order())
    with shop.silence(QUESTIONS):
        shop.visitor().pay(payment.session, "sandbox_lost_reply")
        payment.wait_for_record("checking")
        other_device.goto(link_to(shop, payment.session))
        payment.expect_state("checking", money="checking")
        expect(payment.button("pay")).to_be_disabled()
    payment.expect_state("completed", money="taken")
    assert payment.charges() == 1


def test_what_ended_unpaid_is_ordered_again_and_paid(shop: PatientShop, other_device: Page) -> None:
    visitor = shop.visitor()
    ended = PaymentPage(other_device, shop, visitor.order())
    visitor.cancel(ended.session)
    ended.wait_for_record("cancelled")
    other_device.goto(link_to(shop, ended.session))
    ended.expect_state("cancelled", money="not_taken")
    other_device.get_by_role("link", name="Order again").click()
    expect(other_device.get_by_test_id("new-total")).to_have_text("€42.00")
    other_device.get_by_test_id("order-again").click()
    ended.expect_state("created")
    ended.pay("approve")
    ended.expect_state("completed", money="taken")
    assert ended.charges() == 0
