"""The payment page with the card form in it: for everybody, in the light and the dark, on a phone, by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONE, violations
from tests.browser.stripe.card_page import CardPage
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE


def _created(payment: CardPage) -> None:
    payment.type_card(APPROVE)


def _slipped(payment: CardPage) -> None:
    payment.button("pay").click()
    expect(payment.problem).to_be_visible()


def _declined(payment: CardPage) -> None:
    payment.pay_with(DECLINE)
    payment.expect_state("interrupted")


def _asked_by_the_bank(payment: CardPage) -> None:
    payment.pay_with(CHALLENGE)
    expect(payment.bank.get_by_role("button", name="Confirm")).to_be_visible()
    payment.open()
    payment.expect_state("action_required")


@pytest.mark.parametrize("reach", [_created, _slipped, _declined, _asked_by_the_bank])
def test_everybody_can_use(payment: CardPage, reach: Callable[[CardPage], None]) -> None:
    page = payment.page
    reach(payment)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page, "color-contrast") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "it scrolls sideways on a phone"


def test_the_form_has_the_colours_of_the_page_and_follows_them(payment: CardPage) -> None:
    body = payment.form.locator("body")
    expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
    payment.type_card(APPROVE)
    payment.page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", "rgb(35, 31, 27)")
    payment.expect_typed(APPROVE)


def test_a_keyboard_alone_pays(payment: CardPage) -> None:
    expect(payment.form.get_by_label("Card number")).to_be_visible()
    payment.form.get_by_label("Card number").focus()
    for typed in (APPROVE, "12/40", "123"):
        payment.page.keyboard.type(typed)
        payment.page.keyboard.press("Tab")
    expect(payment.button("pay")).to_be_focused()
    payment.page.keyboard.press("Enter")
    payment.expect_state("completed", money="taken")
    expect(payment.heading).to_be_focused()
    assert payment.charged() == [4200]


def test_other_pages_know_nothing_of_stripe(payment: CardPage, another_page: Callable[..., Page]) -> None:
    other = another_page()
    for path in ("/", "/cart", "/admin/login"):
        answer = other.goto(payment.shop.url + path)
        assert answer
        assert "stripe" not in answer.text() + answer.headers["content-security-policy"]
    payment.button("cancel").click()
    payment.expect_state("cancelled")
    answer = other.goto(payment.url)
    assert answer
    assert "stripe" not in answer.headers["content-security-policy"], "nothing is left to pay"
