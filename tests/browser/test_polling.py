"""The page asks where the payment stands: quietly, as often as the setting says, and no longer than it must."""

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.payment_page import PaymentPage, accept_dialogs
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop
from tests.support.waiting import wait_for

STATUS = re.compile("/status")
# Of the browser's own time, in milliseconds: enough for a hundred polls.
LONG = 60_000
# Headless, no tab hides another.
HIDE = """Object.defineProperty(document, "hidden", {configurable: true, get: () => true});
  document.dispatchEvent(new Event("visibilitychange"))"""
SHOW = 'delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))'
# Notes every moment at which Pay could be pressed while an attempt is in flight.
WATCH_THE_LOCK = """
  window.unlocked = [];
  new MutationObserver(() => {
    if (document.querySelector("[data-in-flight]") && document.querySelector("#pay:enabled")) unlocked.push(new Date());
  }).observe(document, {childList: true, subtree: true});
"""


def test_a_poll_of_an_unchanged_payment_answers_204_and_touches_nothing(payment: PaymentPage) -> None:
    shown = payment.status.element_handle()
    for _ in range(3):
        with payment.page.expect_response(STATUS) as polled:
            pass
        assert polled.value.status == 204
    assert payment.status.evaluate("(now, before) => now === before", shown)
    expect(payment.announced).to_be_empty()


def test_only_a_change_is_sent_again(payment: PaymentPage) -> None:
    answers: list[int] = []
    payment.page.on("response", lambda answer: answers.append(answer.status) if _brings_news(answer.request) else None)
    payment.pay("decline")
    payment.expect_state("interrupted")
    with payment.page.expect_response(STATUS) as polled:
        pass
    assert polled.value.status == 204
    assert answers.count(200) == 1


def test_an_answer_from_before_the_press_on_pay_unlocks_nothing(page: Page, patient_shop: PatientShop) -> None:
    payment = PaymentPage.of_new_order(page, patient_shop)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if _brings_news(route.request) and len(held) < 2:
            held.append(route)
        else:
            route.fallback()

    page.route(STATUS, hold)
    patient_shop.let_expire(payment.session, 500)
    patient_shop.visitor().post(f"/pay/{payment.session}/extend")  # the poll that is held brings a change
    with page.expect_request(_brings_news) as asked:
        pass
    before = page.request.get(asked.value.url, headers=asked.value.headers)
    # Another look waits for the first, as on a slow line: the press ends the first, and sends the other before itself.
    page.evaluate("htmx.trigger('#payment-status', 'refresh')")
    page.evaluate(WATCH_THE_LOCK)
    with patient_shop.silence():
        payment.pay("approve")
        payment.expect_state("processing")
        wait_for(lambda: page.title() != "" and len(held) == 2)
        for route in held:
            route.fulfill(response=before)
        with page.expect_response(STATUS):  # one from after the press: whatever was held has come by then
            pass
        payment.expect_state("processing")
    payment.expect_state("completed")
    assert page.evaluate("unlocked") == []


def test_a_poll_says_nothing_of_who_asks_and_from_where(payment: PaymentPage) -> None:
    with payment.page.expect_request(STATUS) as asked:
        pass
    assert asked.value.method == "HEAD"
    sent = asked.value.all_headers()
    assert not [name for name in sent if name in ("cookie", "referer") or name.startswith("hx-")]


def test_a_page_that_nobody_sees_asks_nothing_and_has_the_truth_at_once_when_it_is_seen(
    page: Page, shop: RunningShop
) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, shop)
    page.evaluate(HIDE)
    assert _polls_within(page, LONG) == []
    shop.visitor().cancel(payment.session)
    assert _polls_within(page, LONG) == []
    payment.expect_state("created")
    page.evaluate(SHOW)  # and no time goes by
    payment.expect_state("cancelled", money="not_taken")


def test_a_payment_goes_on_in_a_page_that_nobody_sees(payment: PaymentPage) -> None:
    payment.pay("timeout_charged")
    payment.expect_state("processing")
    payment.page.evaluate(HIDE)
    payment.wait_for_record("completed")
    payment.page.evaluate(SHOW)
    payment.expect_state("completed", money="taken")


@pytest.mark.parametrize(("action", "state"), [("pay", "completed"), ("cancel", "cancelled")])
def test_polling_ends_with_the_payment(page: Page, shop: RunningShop, action: str, state: str) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, shop)
    assert _polls_within(page, LONG) != []
    payment.button(action).click()
    payment.expect_state(state)
    assert _polls_within(page, LONG) == []


def test_polling_is_switched_off_by_its_setting(page: Page, silent_shop: RunningShop) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, silent_shop)
    payment.pay("approve")
    payment.expect_state("processing")
    payment.wait_for_record("completed")
    assert _polls_within(page, LONG) == []
    payment.expect_state("processing")

    asked = accept_dialogs(page)
    page.get_by_role("link", name="Look again").click()
    payment.expect_state("completed", money="taken")
    assert asked == []


def _brings_news(request: Request) -> bool:
    """Whether it is a look for what is new; by HEAD the page asks only whether anything is."""
    return request.method == "GET" and STATUS.search(request.url) is not None


def _polls_within(page: Page, milliseconds: int) -> list[str]:
    """The polls that the page sends within so much of its own time; its clock is in our hands."""
    polls: list[str] = []

    def note(request: Request) -> None:
        if STATUS.search(request.url):
            polls.append(request.url)

    page.on("request", note)
    page.clock.run_for(milliseconds)
    page.remove_listener("request", note)
    return polls
