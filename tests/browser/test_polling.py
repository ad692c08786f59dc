"""The page asks where the payment stands: quietly, as often as the setting says, and no longer than it must."""

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.payment_page import PaymentPage
from tests.running import RunningShop

STATUS = re.compile("/status")
# Of the browser's own time, in milliseconds: enough for a hundred polls.
LONG = 60_000


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
    payment.page.on("response", lambda answer: answers.append(answer.status) if STATUS.search(answer.url) else None)
    payment.pay("decline")
    payment.expect_state("interrupted")
    with payment.page.expect_response(STATUS):
        pass
    assert answers.count(200) == 1
    assert set(answers) == {200, 204}


@pytest.mark.parametrize(("action", "state"), [("pay", "completed"), ("cancel", "cancelled")])
def test_polling_ends_with_the_payment(payment: PaymentPage, action: str, state: str) -> None:
    payment.button(action).click()
    payment.expect_state(state)
    assert _polls_within(payment.page, LONG) == []


def test_polling_is_switched_off_by_its_setting(page: Page, silent_shop: RunningShop) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, silent_shop)
    payment.pay("approve")
    payment.expect_state("processing")
    payment.wait_for_record("completed")
    assert _polls_within(page, LONG) == []
    payment.expect_state("processing")

    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Look again").click()
    payment.expect_state("completed", money="taken")
    assert asked == []


def _polls_within(page: Page, milliseconds: int) -> list[str]:
    polls: list[str] = []

    def note(answer: Response) -> None:
        if STATUS.search(answer.url):
            polls.append(answer.url)

    page.on("response", note)
    page.clock.install()
    page.clock.run_for(milliseconds)
    page.remove_listener("response", note)
    return polls
