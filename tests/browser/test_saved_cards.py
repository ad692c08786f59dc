"""Saved cards as a shopper has them: kept by a tick, offered first, removed by hand, and in no other browser."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop
from tests.support.waiting import wait_for


def keep_card(page: Page, shop: RunningShop) -> None:
    """Pay an order in this browser, and tick that the card is kept."""
    payment = PaymentPage.of_own_order(page, shop)
    expect(page.get_by_test_id("keep")).not_to_be_checked()
    page.get_by_test_id("keep").check()
    payment.pay("approve")
    payment.wait_for_record("completed")
    wait_for(lambda: not payment.record("keep_method"))


def kept(page: Page) -> Locator:
    """The kept card among the ways to pay."""
    return page.get_by_label("Visa ending in 4242")


def open_cards(page: Page, shop: RunningShop) -> None:
    page.goto(f"{shop.url}/cards")


def test_a_shopper_keeps_a_card_pays_with_it_and_removes_it_by_keyboard(page: Page, shop: RunningShop) -> None:
    keep_card(page, shop)
    payment = PaymentPage.of_own_order(page, shop)
    expect(kept(page)).to_be_checked()
    expect(page.get_by_test_id("keep")).to_be_hidden()
    payment.button("pay").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1

    page.get_by_role("link", name="See your order").click()
    page.get_by_role("link", name="Your saved cards").click()
    page.get_by_test_id("remove-card").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("confirm-remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The card is removed.")
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_test_id("no-saved-cards")).to_be_visible()
    PaymentPage.of_own_order(page, shop)
    expect(kept(page)).to_have_count(0)


def test_another_browser_with_the_address_sees_no_kept_card(
    page: Page, shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    keep_card(page, shop)
    payment = PaymentPage.of_own_order(page, shop)
    expect(kept(page)).to_be_visible()
    other = another_browser()
    there = payment.in_page(other)
    expect(kept(other)).to_have_count(0)
    expect(other.get_by_test_id("keep")).to_have_count(0)
    there.pay("approve")
    payment.expect_state("completed", attempts="1")
    open_cards(other, shop)
    expect(other.get_by_test_id("no-saved-cards")).to_be_visible()


def test_it_all_works_without_javascript(shop: RunningShop, another_browser: Callable[..., Page]) -> None:
    page = another_browser(java_script_enabled=False)
    keep_card(page, shop)
    payment = PaymentPage.of_own_order(page, shop)
    expect(kept(page)).to_be_checked()
    payment.button("pay").click()
    payment.wait_for_record("completed")
    open_cards(page, shop)
    page.get_by_test_id("remove-card").click()
    page.get_by_test_id("confirm-remove").click()
    expect(page.get_by_test_id("no-saved-cards")).to_be_visible()


def test_a_link_carries_the_cards_to_another_browser(
    page: Page, shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    keep_card(page, shop)
    open_cards(page, shop)
    page.get_by_test_id("make-link").click()
    telephone = another_browser()
    telephone.goto(page.get_by_test_id("link-address").input_value())
    telephone.get_by_test_id("confirm-link").click()
    expect(telephone.get_by_test_id("saved-card")).to_contain_text("Visa ending in 4242")
    payment = PaymentPage.of_own_order(telephone, shop)
    payment.button("pay").click()
    payment.expect_state("completed")
    page.reload()
    page.get_by_test_id("unlink").click()
    open_cards(telephone, shop)
    expect(telephone.get_by_test_id("no-saved-cards")).to_be_visible()


def test_an_expired_card_is_shown_and_cannot_be_chosen(page: Page, shop: RunningShop) -> None:
    keep_card(page, shop)
    shop.write("update kept_method set expires_year = 2020 where removed_at is null")
    PaymentPage.of_own_order(page, shop)
    expect(kept(page)).to_be_disabled()
    expect(page.get_by_text("Expired ")).to_be_visible()
    expect(page.get_by_test_id("method-sandbox_approve")).to_be_checked()
