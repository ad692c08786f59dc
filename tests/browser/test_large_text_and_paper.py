"""Large text on a small phone, the system's own colours, and paper."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import hold
from tests.browser.payment_page import PaymentPage, new_address
from tests.support.running import RunningShop

# As somebody sets it in their browser. WCAG 2.2, 1.4.4 (200 %) and 1.4.10 (nothing scrolls in two directions).
LARGE_TEXT = 'document.documentElement.style.fontSize = "200%"'
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDEST = """[...document.querySelectorAll("body *")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
  .map((part) => part.tagName + "." + part.className).slice(0, 5).join(" ")"""


def test_text_of_twice_the_size_fits_on_a_small_phone(
    silent_shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    page = another_browser(viewport={"width": 360, "height": 740})
    for slug in ("stoneware-mug", "beeswax-candle"):
        page.goto(f"{silent_shop.url}/products/{slug}")
        page.get_by_test_id("add-to-cart").click()
    for path in ("/", "/products/stoneware-mug", "/cart", "/checkout"):
        page.goto(silent_shop.url + path)
        fits(page)
    page.get_by_test_id("field-name").fill("Ada Lovelace")
    page.get_by_test_id("field-email").fill(new_address())
    page.get_by_test_id("place-order").click()
    payment = PaymentPage(page, silent_shop, page.url.rpartition("/")[2])
    fits(page)
    payment.pay("approve")
    payment.wait_for_record("completed")
    payment.open()
    fits(page)
    page.get_by_role("link", name="See your order").click()
    expect(page.get_by_test_id("order-confirmation")).to_be_visible()
    fits(page)


def fits(page: Page) -> None:
    page.evaluate(LARGE_TEXT)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0, f"{page.url}: {page.evaluate(WIDEST)}"


def test_in_forced_colours_the_spinner_is_still_seen_to_turn(
    silent_shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    payment = PaymentPage.of_new_order(another_browser(forced_colors="active"), silent_shop)
    payment.pay("slow")
    payment.expect_state("processing")
    style = "getComputedStyle(document.querySelector('.spinner'))"
    assert payment.page.evaluate(f"{style}.borderTopColor") != payment.page.evaluate(f"{style}.borderLeftColor")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_paper_has_what_a_receipt_needs_and_nothing_to_press(
    silent_shop: RunningShop, another_browser: Callable[..., Page], colours: str
) -> None:
    page = another_browser(color_scheme=colours)
    payment = PaymentPage.of_own_order(page, silent_shop)
    other = PaymentPage.of_own_order(page, silent_shop)
    other.pay("approve")
    other.wait_for_record("completed")
    page.emulate_media(media="print")
    payment.open()
    for text in ("How would you like to pay?", "I need more time", "Held until", "Payment of €42.00: paid"):
        expect(page.get_by_text(text)).to_be_hidden()
    expect(payment.heading).to_be_visible()
    other.open()
    order = page.get_by_text("See your order").get_attribute("href")
    page.goto(f"{silent_shop.url}{order}")
    for text in ("Thank you", "€42.00 taken, once", "no real money moves", "@example.org"):
        expect(page.get_by_text(text).first).to_be_visible()
    for text in ("Your saved cards", "Back to the shop", "All products", "it is not paid yet", "Cart"):
        expect(page.get_by_text(text, exact=True).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(37, 31, 25)"


def test_paper_says_that_a_sum_is_given_free(silent_shop: RunningShop, another_browser: Callable[..., Page]) -> None:
    page = another_browser(color_scheme="dark")
    payment = hold.see_it_given_free(page, silent_shop)
    fits(page)
    page.emulate_media(media="print")
    expect(payment.heading).to_be_visible()
    expect(page.get_by_text("no longer set aside")).to_be_visible()
    for text in ("All products", "Cart"):
        expect(page.get_by_text(text, exact=True).first).to_be_hidden()


def test_paper_has_what_a_bank_needs_of_a_statement(
    silent_shop: RunningShop, another_browser: Callable[..., Page]
) -> None:
    page, visitor = another_browser(color_scheme="dark"), silent_shop.visitor()
    payment = PaymentPage(page, silent_shop, visitor.order())
    visitor.pay(payment.session, "sandbox_decline")
    payment.wait_for_record("interrupted")
    visitor.cancel(payment.session)
    payment.wait_for_record("cancelled")
    page.goto(f"{silent_shop.url}/pay/{payment.session}/statement")
    fits(page)
    page.emulate_media(media="print")
    for handle in ("gateway-reference", "closed", "check-address"):
        expect(page.get_by_test_id(handle)).to_be_visible()
    for text in ("Back to the payment", "All products", "Cart"):
        expect(page.get_by_text(text, exact=True).first).to_be_hidden()
