"""Two tabs that pay at once, and one that is closed in mid-payment."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.payment_page import accept_dialogs
from tests.browser.stripe.card_page import CardPage
from tests.support.stripe_server.process import APPROVE

STATUS = "**/status?*"


def test_two_tabs_that_pay_at_once_are_charged_once(payment: CardPage, another_page: Callable[..., Page]) -> None:
    other = payment.in_page(another_page())
    other.page.route(STATUS, lambda route: route.abort())  # it has not heard of the first press yet
    payment.stripe.take_long("/confirm$", 2)
    payment.pay_with(APPROVE)
    payment.expect_state("processing")
    other.pay_with(APPROVE)
    expect(other.status.get_by_role("alert")).to_contain_text("A payment is under way")
    other.page.unroute(STATUS)
    for tab in (payment, other):
        tab.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert payment.charged() == [4200]


def test_a_tab_closed_in_mid_payment_leaves_a_payment_that_goes_on(
    payment: CardPage, another_page: Callable[..., Page]
) -> None:
    device = another_page()
    asked = accept_dialogs(payment.page)
    payment.stripe.take_long("/confirm$", 2)
    payment.pay_with(APPROVE)
    payment.expect_state("processing")
    with payment.page.expect_event("close"):
        payment.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    payment.wait_for_record("completed")
    payment.in_page(device).expect_state("completed", money="taken", attempts="1")
    assert payment.notes("browser_closed") == 1
    assert payment.charged() == [4200]
