"""A card that Stripe keeps: paid with by a press, with Stripe's script or without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.browser.stripe.card_page import CardPage
from tests.browser.stripe.stripe_js import SCRIPT
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE
from tests.support.waiting import wait_for

Order = Callable[[], CardPage]


@pytest.fixture
def order(page: Page, card_shop: RunningShop, stripe: StripeServer) -> Order:
    """Orders a teapot in this very browser, and is led to its payment page."""
    return lambda: CardPage(page, card_shop, PaymentPage.of_own_order(page, card_shop).session, stripe)


@pytest.fixture
def keep(order: Order) -> Callable[[str], None]:
    """Pays with a card and lets Stripe keep it."""

    def pay_and_keep(number: str) -> None:
        payment = order()
        payment.type_card(number)
        payment.button("keep").check()
        payment.expect_typed(number)
        payment.button("pay").click()
        if number == CHALLENGE:
            payment.bank.get_by_role("button", name="Confirm").click()
        payment.expect_state("completed")
        wait_for(lambda: not payment.record("keep_method"))

    return pay_and_keep


def test_it_is_offered_first_and_another_card_can_be_typed_all_the_same(
    order: Order, keep: Callable[[str], None]
) -> None:
    keep(APPROVE)
    payment = order()
    expect(payment.page.get_by_label("Visa ending in 4242")).to_be_checked()
    expect(payment.page.locator("#card-form")).to_be_hidden()
    payment.button("method-typed").check()
    payment.type_card("5555555555554444")
    payment.page.get_by_label("Visa ending in 4242").check()
    payment.button("method-typed").check()
    payment.expect_typed("5555555555554444")
    payment.button("pay").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]


def test_it_pays_while_stripes_script_is_blocked(order: Order, keep: Callable[[str], None]) -> None:
    keep(APPROVE)
    payment = order()
    payment.page.route(SCRIPT, lambda route: route.abort())
    payment.open()
    expect(payment.problem).to_contain_text("could not be loaded")
    payment.button("pay").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]


def test_its_bank_may_ask_on_a_page_of_its_own(order: Order, keep: Callable[[str], None]) -> None:
    keep(CHALLENGE)
    payment = order()
    payment.button("pay").click()
    payment.expect_state("action_required", money="checking")
    payment.button("confirm-with-bank").click()
    payment.button("confirm").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]
