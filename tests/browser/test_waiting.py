"""Where pages may wait for news, a change shows at once: the next poll would come in ten minutes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop

STATUS = re.compile("/status")


@pytest.fixture(scope="module")
def patient_shop(open_shop: Callable[..., RunningShop]) -> RunningShop:
    return open_shop(poll_interval=600, waiting_shoppers=4)


def test_a_payment_under_way_is_waited_for_wherever_pages_poll(
    page: Page, open_shop: Callable[..., RunningShop]
) -> None:
    payment = PaymentPage.of_new_order(page, open_shop(poll_interval=600))
    payment.pay("approve")
    payment.expect_state("completed", money="taken")


def test_what_another_process_writes_shows_at_once(page: Page, patient_shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, patient_shop)
    expect(payment.status).to_have_attribute("data-version", "1")
    for version in ("2", "3"):
        patient_shop.write("update payment_session set version = version + 1 where id = ?", payment.session)
        expect(payment.status).to_have_attribute("data-version", version)


def test_a_page_that_waited_in_vain_waits_on(page: Page, patient_shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, patient_shop)
    with page.expect_response(STATUS) as waited:
        pass
    assert waited.value.status == 204
    patient_shop.write("update payment_session set version = version + 1 where id = ?", payment.session)
    expect(payment.status).to_have_attribute("data-version", "2")


def test_a_payment_shows_each_of_its_states(page: Page, patient_shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, patient_shop)
    payment.pay("decline")
    payment.expect_state("interrupted")
    payment.pay("approve", button="retry")
    payment.expect_state("completed", money="taken")
