"""Scenario 5: leaving the page is warned of while an attempt is in flight, and only then."""

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.payment_page import PaymentPage, accept_dialogs


@pytest.mark.parametrize("state", ["processing", "checking"])
def test_who_leaves_while_an_attempt_is_in_flight_is_asked_and_can_stay(payment: PaymentPage, state: str) -> None:
    payment.pay("slow")
    payment.expect_state(state)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    payment.page.on("dialog", stay)
    _home(payment.page).click()
    expect(payment.status).to_be_visible()
    assert asked == ["beforeunload"]
    assert payment.page.url == payment.url


@pytest.mark.parametrize(
    ("method", "state"),
    [("", "created"), ("decline", "interrupted"), ("challenge", "action_required"), ("approve", "completed")],
)
def test_who_leaves_while_nothing_is_in_flight_is_not_asked(payment: PaymentPage, method: str, state: str) -> None:
    if method:
        payment.pay(method)
    else:
        payment.method("slow").check()  # a browser only ever asks who has touched the page
    payment.expect_state(state)
    asked = accept_dialogs(payment.page)
    _home(payment.page).click()
    expect(payment.page).to_have_url(f"{payment.shop.url}/")
    assert asked == []


def _home(page: Page) -> Locator:
    return page.get_by_role("link", name="SmartCart")
