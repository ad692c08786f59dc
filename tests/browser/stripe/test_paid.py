"""A card typed into Stripe's form: paid once, and its number never comes to the shop."""

from playwright.sync_api import Request, expect

from tests.browser.stripe.card_page import CardPage
from tests.support.stripe_server.process import APPROVE


def test_a_card_is_paid_once_and_the_shop_never_sees_its_number(payment: CardPage) -> None:
    sent: list[str] = []

    def read(request: Request) -> None:
        if request.url.startswith(payment.shop.url):
            sent.append(f"{request.url} {request.headers} {request.post_data}")

    payment.page.on("request", read)
    expect(payment.button("test-mode")).to_contain_text("no real money moves")
    payment.pay_with(APPROVE)
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]
    assert len(payment.intents()) == 1
    assert any("method=ctoken_" in request for request in sent)
    assert not [request for request in sent if APPROVE in request]
    assert APPROVE not in payment.shop.log.read_text()


def test_a_slip_in_the_form_is_said_at_once_and_counts_for_nothing(payment: CardPage) -> None:
    payment.type_card("4242")
    payment.button("pay").click()
    expect(payment.problem).to_be_focused()
    expect(payment.problem).to_have_text("Your card number is incomplete. No payment was begun.")
    expect(payment.button("pay")).to_be_enabled()
    payment.expect_typed("4242")
    assert payment.attempts() == 0
    payment.pay_with(APPROVE)
    payment.expect_state("completed", attempts="1")
    assert payment.charged() == [4200]


def test_a_payment_service_out_of_the_browsers_reach_is_said_and_costs_nothing(payment: CardPage) -> None:
    payment.page.context.route("https://api.stripe.com/**", lambda route: route.abort())
    payment.pay_with(APPROVE)
    expect(payment.problem).to_contain_text("No payment was begun")
    payment.expect_typed(APPROVE)
    payment.expect_state("created", money="not_taken")
    payment.page.context.unroute("https://api.stripe.com/**")
    assert payment.attempts() == 0


def test_a_double_click_on_pay_makes_one_token_and_sends_one_attempt(payment: CardPage) -> None:
    posts: list[str] = []
    payment.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    payment.type_card(APPROVE)
    payment.button("pay").dblclick()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert posts == ["https://api.stripe.com/v1/confirmation_tokens", f"{payment.url}/attempts"]
    assert payment.charged() == [4200]
