"""A press whose answer is late or lost: until it is known what came of it, the page says so, and offers nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop
from tests.support.waiting import wait_for

STATUS = re.compile("/status")
UNDER_WAY = re.compile("processing|checking")
NOT_TAKEN = re.compile("No money has been taken|[Nn]othing was taken|took no money")
# Notes what the page says of the money, and whether Pay can be pressed, at every change.
WATCH = """
  window.seen = [];
  const look = () => seen.push([
    document.getElementById("payment-status").dataset.money,
    document.querySelector("#pay:enabled, #retry:enabled") !== null
  ]);
  new MutationObserver(look).observe(document, {attributes: true, childList: true, subtree: true});
"""


def test_money_taken_behind_a_lost_answer_is_never_told_as_not_taken(
    payment: PaymentPage, context: BrowserContext
) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        context.set_offline(True)
        route.abort()

    payment.page.route("**/attempts", lose)
    payment.pay("approve")
    expect(payment.banner).to_be_visible()
    wait_for(lambda: payment.charges() == 1)
    expect(payment.heading).to_have_text("Your payment is on its way")
    expect(payment.status).to_have_attribute("data-money", "checking")
    expect(payment.status).not_to_contain_text(NOT_TAKEN)
    expect(payment.banner).to_contain_text("Please don't pay again")
    expect(payment.button("pay")).to_be_disabled()
    payment.page.evaluate(WATCH)
    context.set_offline(False)
    payment.expect_state("completed", money="taken", attempts="1")
    assert {tuple(sight) for sight in payment.page.evaluate("seen")} <= {("checking", False), ("taken", False)}
    assert payment.charges() == 1


def test_while_a_press_is_on_its_way_the_page_says_so_and_announces_it(payment: PaymentPage) -> None:
    held = _hold(payment.page, "**/attempts")
    payment.pay("approve")
    expect(payment.status).to_have_attribute("data-money", "checking")
    expect(payment.heading).to_have_text("Your payment is on its way")
    expect(payment.announced).to_contain_text("Your payment is on its way. It was sent, and nobody knows yet")
    for button in ("pay", "cancel"):
        expect(payment.button(button)).to_be_disabled()
    held[0].continue_()
    payment.expect_state("completed", money="taken", attempts="1")


def test_a_press_that_did_not_arrive_is_said_to_have_been_lost_and_can_be_repeated(payment: PaymentPage) -> None:
    payment.page.route("**/attempts", lambda route: route.abort(), times=1)
    payment.pay("approve")
    alert = payment.status.get_by_role("alert")
    expect(alert).to_contain_text("Your press on Pay has not reached us, and no payment was begun by it")
    expect(alert).to_be_focused()
    payment.expect_state("created", money="not_taken")
    expect(payment.banner).to_be_hidden()
    payment.pay("approve")
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1


def test_an_answer_that_is_an_error_unlocks_nothing_until_the_truth_is_read(payment: PaymentPage) -> None:
    payment.page.route("**/attempts", lambda route: (route.fetch(), route.fulfill(status=503)))
    payment.page.route(STATUS, lambda route: route.fulfill(status=503))
    payment.pay("timeout_charged")
    expect(payment.banner).to_be_visible()
    expect(payment.heading).to_have_text("Your payment is on its way")
    expect(payment.button("pay")).to_be_disabled()
    payment.page.unroute(STATUS)
    payment.expect_state("completed", money="taken", attempts="1")


def test_a_refusal_unlocks(payment: PaymentPage) -> None:
    payment.method("approve").evaluate("radio => { radio.value = 'nothing that is offered'; radio.click(); }")
    payment.button("pay").click()
    expect(payment.status.get_by_role("alert")).to_contain_text("Choose one of the ways to pay")
    payment.expect_state("created", money="not_taken")
    expect(payment.button("pay")).to_be_enabled()


def test_an_answer_to_a_look_from_before_the_press_changes_nothing(page: Page, silent_shop: RunningShop) -> None:
    """This one was not a poll, so that nobody takes it back."""
    payment = PaymentPage.of_new_order(page, silent_shop)
    looks, presses = _hold(page, STATUS), _hold(page, "**/attempts")
    with page.expect_request(STATUS):
        page.get_by_role("link", name="Look again").click()
    payment.pay("approve")
    expect(payment.heading).to_have_text("Your payment is on its way")
    with page.expect_response(STATUS):
        looks[0].continue_()
    expect(payment.heading).to_have_text("Your payment is on its way")
    expect(payment.button("pay")).to_be_disabled()
    presses[0].continue_()
    payment.expect_state("processing", money="checking")


def test_where_nothing_is_polled_the_truth_is_looked_for_all_the_same(page: Page, silent_shop: PatientShop) -> None:
    payment = PaymentPage.of_new_order(page, silent_shop)
    page.route("**/attempts", lambda route: (route.fetch(), route.abort()))
    with silent_shop.silence():
        payment.pay("approve")
        expect(payment.status).to_have_attribute("data-state", UNDER_WAY)
        expect(payment.status).to_have_attribute("data-money", "checking")
        expect(payment.status).to_have_attribute("data-attempts", "1")


@pytest.mark.parametrize(
    ("button", "heading", "words"),
    [
        ("cancel", "Your wish to cancel is on its way", "Your wish to cancel has not reached us"),
        ("extend", "Asking for more time", "Your wish for more time has not reached us"),
    ],
)
def test_what_is_pressed_while_the_shop_is_away_does_not_vanish_without_a_word(
    payment: PaymentPage, context: BrowserContext, button: str, heading: str, words: str
) -> None:
    context.set_offline(True)
    payment.button(button).click()
    expect(payment.heading).to_have_text(heading)
    expect(payment.button("pay")).to_be_disabled()
    expect(payment.banner).to_be_visible()
    context.set_offline(False)
    expect(payment.status.get_by_role("alert")).to_contain_text(words)
    payment.expect_state("created", money="not_taken")
    expect(payment.button("pay")).to_be_enabled()
    payment.button("cancel").click()
    payment.expect_state("cancelled")


def test_a_cancel_whose_answer_is_lost_is_not_said_to_have_been_lost(payment: PaymentPage) -> None:
    payment.page.route("**/cancel", lambda route: (route.fetch(), route.abort()))
    payment.button("cancel").click()
    payment.expect_state("cancelled", money="not_taken")
    expect(payment.status.get_by_role("alert")).to_have_count(0)


def test_who_lost_the_cookies_is_told_why_the_first_press_did_nothing(
    payment: PaymentPage, context: BrowserContext
) -> None:
    context.clear_cookies()
    payment.pay("approve")
    expect(payment.status.get_by_role("alert")).to_contain_text("your press was not taken and nothing was begun by it")
    payment.expect_state("created", money="not_taken")
    payment.pay("approve")
    payment.expect_state("completed", money="taken", attempts="1")


def test_an_automatic_retry_is_announced_as_such_and_begins_on_a_page_that_hears_nothing(
    page: Page, open_shop: Callable[..., RunningShop]
) -> None:
    payment = PaymentPage.of_new_order(page, open_shop(retry_delay=4, poll_interval=0.3))
    payment.pay("unreachable_once")
    payment.expect_state("interrupted", money="not_taken")
    expect(payment.announced).to_contain_text("We try again by ourselves in a moment")
    expect(payment.announced).not_to_contain_text("You can try again")
    page.route(STATUS, lambda route: route.abort())
    expect(payment.heading).to_have_text("We are trying again")
    expect(payment.status).to_have_attribute("data-money", "checking")
    expect(payment.button("retry")).to_be_disabled()
    page.unroute(STATUS)
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charges() == 1


def _hold(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """Keeps the first request to an address from going on; returns a list in which it will be."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.fallback()
        else:
            held.append(route)

    page.route(address, hold)
    return held
