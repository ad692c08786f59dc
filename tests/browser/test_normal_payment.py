"""Scenario 1: from the catalogue to a paid order."""

from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage, new_address
from tests.support.databases import ON_BOTH
from tests.support.running import RunningShop


@ON_BOTH
def test_a_shopper_finds_a_product_pays_and_holds_the_receipt(page: Page, shop: RunningShop) -> None:
    page.goto(shop.url)
    page.get_by_test_id("product-card").filter(has_text="Enamel coffee pot").get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.get_by_test_id("checkout").click()
    page.get_by_test_id("field-name").fill("Ada Lovelace")
    page.get_by_test_id("field-email").fill(new_address())
    page.get_by_test_id("place-order").click()

    payment = PaymentPage(page, shop, page.url.rpartition("/")[2])
    payment.expect_state("created", money="not_taken", attempts="0")
    expect(page.get_by_test_id("test-mode")).to_contain_text("no real money")
    expect(page.get_by_role("complementary")).to_contain_text("Enamel coffee pot")
    expect(payment.button("pay")).to_have_text("Pay €42.00")
    payment.pay("approve")
    payment.expect_state("completed", money="taken", attempts="1")
    expect(payment.announced).to_contain_text("Paid.")
    expect(page).to_have_title("Paid. Thank you! · SmartCart")
    number = page.get_by_test_id("order-number").inner_text()

    page.get_by_role("link", name="See your order").click()
    expect(page.get_by_test_id("order-confirmation")).to_have_attribute("data-status", "paid")
    expect(page.get_by_test_id("order-number")).to_have_text(number)
    expect(page.get_by_test_id("cart-count")).to_have_text("0")
    assert payment.charges() == 1


def test_back_from_the_receipt_shows_that_the_order_is_paid(payment: PaymentPage) -> None:
    payment.pay("approve")
    payment.expect_state("completed")
    payment.page.goto(payment.shop.url)
    payment.page.go_back()
    payment.expect_state("completed", money="taken")
    expect(payment.button("pay")).to_have_count(0)
    assert payment.charges() == 1


def test_the_chosen_method_outlives_every_swap(payment: PaymentPage) -> None:
    payment.pay("decline")
    payment.expect_state("interrupted")
    expect(payment.method("decline")).to_be_checked()
    payment.method("insufficient_funds").check()
    version = payment.record("version")
    payment.shop.let_expire(payment.session, 500)
    payment.button("extend").click()
    expect(payment.status).to_have_attribute("data-version", str(version + 1))
    expect(payment.method("insufficient_funds")).to_be_checked()
