"""What changes by itself is told to who cannot see it, and takes nobody's place away."""

from playwright.sync_api import BrowserContext, expect

from tests.browser.payment_page import PaymentPage


def test_every_change_is_announced_once_by_the_same_region(payment: PaymentPage) -> None:
    expect(payment.announced).to_have_attribute("role", "status")
    expect(payment.announced).to_be_empty()
    region = payment.announced.element_handle()
    payment.pay("decline")
    expect(payment.announced).to_contain_text("Your payment is under way")
    expect(payment.announced).to_contain_text("Nothing was taken. Your bank declined the payment.")
    assert payment.announced.evaluate("(now, before) => now === before", region)


def test_a_poll_that_changes_the_page_leaves_the_focus_alone(payment: PaymentPage, context: BrowserContext) -> None:
    payment.method("slow").focus()
    elsewhere = payment.in_page(context.new_page())
    payment.shop.let_expire(payment.session, 500)
    elsewhere.button("extend").click()
    expect(payment.status).to_have_attribute("data-version", "2")
    expect(payment.method("slow")).to_be_focused()
    payment.button("extend").focus()
    payment.shop.let_expire(payment.session, 500)
    elsewhere.button("extend").click()
    expect(payment.status).to_have_attribute("data-version", "3")
    expect(payment.button("extend")).to_be_focused()


def test_a_poll_that_takes_the_focused_button_away_leads_to_the_news(payment: PaymentPage) -> None:
    payment.button("cancel").focus()
    payment.shop.visitor().pay(payment.session)
    payment.expect_state("completed")
    expect(payment.heading).to_be_focused()


def test_who_has_scrolled_down_to_pay_on_a_phone_is_shown_what_becomes_of_it(payment: PaymentPage) -> None:
    payment.page.set_viewport_size({"width": 360, "height": 640})
    payment.pay("approve")
    expect(payment.heading).to_be_in_viewport()
    payment.expect_state("completed")
    expect(payment.heading).to_be_in_viewport()
