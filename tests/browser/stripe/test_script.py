"""Stripe's script may be blocked, late or not run at all: the page says so, and everything else on it works."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.stripe.card_page import CardPage
from tests.browser.stripe.stripe_js import SCRIPT
from tests.support.refused import refusal
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, DECLINE


@pytest.fixture
def payment(page: Page, card_shop: RunningShop, stripe: StripeServer) -> CardPage:
    """Not open yet."""
    return CardPage(page, card_shop, card_shop.visitor().order(), stripe)


def test_blocked_it_is_said_and_nothing_is_sent(payment: CardPage, another_page: Callable[..., Page]) -> None:
    payment.page.route(SCRIPT, lambda route: route.abort())
    payment.open()
    # Sooner than after the 10 s in which it may be late.
    expect(payment.problem).to_contain_text("The payment service's form could not be loaded", timeout=9_000)
    payment.button("pay").click()
    expect(payment.problem).to_be_focused()
    payment.expect_state("created", money="not_taken")
    payment.button("extend").click()
    expect(payment.problem).to_contain_text("No payment was begun")
    payment.in_page(another_page()).pay_with(APPROVE)
    payment.expect_state("completed", money="taken", attempts="1")
    expect(payment.problem).to_be_hidden()


def test_while_it_is_on_its_way_the_page_polls_and_then_says_that_it_is_late(
    payment: CardPage, another_page: Callable[..., Page]
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    payment.page.route(SCRIPT, hold)
    payment.page.clock.install()
    payment.page.goto(payment.url, wait_until="domcontentloaded")
    other = payment.in_page(another_page())
    other.pay_with(DECLINE)
    other.expect_state("interrupted")
    payment.page.clock.run_for(1_000)
    payment.expect_state("interrupted", attempts="1")
    payment.page.clock.run_for(10_000)
    expect(payment.problem).to_contain_text("could not be loaded")
    held[0].fallback()
    expect(payment.problem).to_be_hidden()
    payment.pay_with(APPROVE, "retry")
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charged() == [4200]


def test_without_javascript_the_page_says_what_can_be_done(
    payment: CardPage, another_page: Callable[..., Page]
) -> None:
    still = payment.in_page(another_page(java_script_enabled=False))
    expect(still.button("needs-script")).to_contain_text("this page needs JavaScript")
    expect(still.page.locator("iframe")).to_have_count(0)
    expect(still.button("pay")).to_be_hidden()
    answer = still.shop.visitor().pay(still.session, "")  # a browser that shows it all the same
    assert refusal(answer) == "NothingToPayWith"
    assert "no payment was begun" in still.shop.visitor().get(answer.location).text
    assert still.attempts() == 0
    still.button("extend").click()
    still.button("cancel").click()
    still.expect_state("cancelled", money="not_taken")
