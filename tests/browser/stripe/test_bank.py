"""3-D Secure: the bank asks in the page or on a page of its own; confirmed, refused, or left for good."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.stripe.card_page import CardPage
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE
from tests.support.waiting import wait_for


def test_confirmed_in_the_page_it_is_paid_once(payment: CardPage) -> None:
    payment.pay_with(CHALLENGE)
    payment.bank.get_by_role("button", name="Confirm").click()
    payment.expect_state("completed", money="taken", attempts="1")
    expect(payment.page.locator("iframe[title='Your bank']")).to_have_count(0)
    expect(payment.heading).to_be_focused()
    assert payment.charged() == [4200]


def test_refused_in_the_page_it_takes_nothing_and_another_card_pays(payment: CardPage) -> None:
    payment.pay_with(CHALLENGE)
    payment.bank.get_by_role("button", name="Refuse").click()
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    expect(payment.status).to_contain_text("The payment was not confirmed with your bank")
    payment.expect_typed(CHALLENGE)
    payment.pay_with(APPROVE, "retry")
    payment.expect_state("completed", attempts="2")
    assert payment.charged() == [4200]


def test_left_for_good_it_takes_nothing(payment: CardPage, another_page: Callable[..., Page]) -> None:
    payment.pay_with(CHALLENGE)
    expect(payment.bank.get_by_role("button", name="Confirm")).to_be_visible()
    payment.page.close()
    payment.shop.let_expire(payment.session, seconds=0.5)
    payment.wait_for_record("expired")
    payment.in_page(another_page()).expect_state("expired", money="not_taken")
    assert payment.charged() == []
    assert [intent["status"] for intent in payment.intents()] == ["canceled"]


def test_who_comes_back_is_asked_again_by_a_press_alone(payment: CardPage) -> None:
    payment.pay_with(CHALLENGE)
    expect(payment.bank.get_by_role("button", name="Confirm")).to_be_visible()
    payment.open()
    payment.expect_state("action_required", money="checking")
    expect(payment.page.locator("iframe[title='Your bank']")).to_have_count(0)
    payment.button("confirm-with-bank").click()
    payment.bank.get_by_role("button", name="Confirm").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]


def test_two_tabs_ask_once_and_are_charged_once(payment: CardPage, another_page: Callable[..., Page]) -> None:
    other = payment.in_page(another_page())
    other.pay_with(DECLINE)
    payment.expect_state("interrupted", attempts="1")
    payment.pay_with(CHALLENGE, "retry")
    expect(payment.bank.get_by_role("button", name="Confirm")).to_be_visible()
    other.expect_state("action_required")
    expect(other.page.locator("iframe[title='Your bank']")).to_have_count(0)
    other.button("confirm-with-bank").click()
    other.bank.get_by_role("button", name="Confirm").click()
    other.expect_state("completed", money="taken")
    payment.bank.get_by_role("button", name="Confirm").click()  # too late: there is nothing to confirm any more
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charged() == [4200]


def test_another_way_to_pay_takes_the_question_back(payment: CardPage) -> None:
    payment.pay_with(CHALLENGE)
    expect(payment.bank.get_by_role("button", name="Confirm")).to_be_visible()
    payment.open()
    payment.button("abandon").click()
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    payment.pay_with(APPROVE, "retry")
    payment.expect_state("completed", attempts="2")
    assert payment.charged() == [4200]


def test_on_a_page_of_the_bank_and_back_it_is_paid_once(payment: CardPage) -> None:
    _choose_a_bank_that_redirects(payment)
    payment.button("confirm-with-bank").click()
    payment.button("confirm").click()
    expect(payment.page).to_have_url(re.compile(f"{payment.url}$"))
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]


def test_refused_on_a_page_of_the_bank_it_takes_nothing(payment: CardPage) -> None:
    _choose_a_bank_that_redirects(payment)
    payment.button("confirm-with-bank").click()
    payment.button("refuse").click()
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    assert payment.charged() == []


def test_who_confirms_and_never_comes_back_has_paid_once(payment: CardPage) -> None:
    _choose_a_bank_that_redirects(payment)
    payment.page.context.route("**/return?**", lambda route: route.abort())
    payment.button("confirm-with-bank").click()
    payment.button("confirm").click()
    wait_for(payment.charged)
    payment.page.close()
    payment.wait_for_record("completed")
    assert payment.charged() == [4200]


def _choose_a_bank_that_redirects(payment: CardPage) -> None:
    payment.form.get_by_label("Pay with").select_option("ideal")
    payment.button("pay").click()
    payment.expect_state("action_required", money="checking", attempts="1")
