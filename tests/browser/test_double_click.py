"""Who presses Pay twice pays once."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.payment_page import PaymentPage
from tests.support.databases import ON_BOTH
from tests.support.running import RunningShop

# Each database holds two presses apart in its own way.
pytestmark = ON_BOTH


def test_a_double_click_on_pay_sends_one_attempt(payment: PaymentPage) -> None:
    posts: list[str] = []
    payment.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    payment.button("pay").dblclick()
    payment.expect_state("completed", money="taken", attempts="1")
    assert posts == [f"{payment.url}/attempts"]
    assert payment.attempts() == 1
    assert payment.charges() == 1


def test_without_javascript_the_server_holds(shop: RunningShop, another_browser: Callable[..., Page]) -> None:
    payment = PaymentPage.of_new_order(another_browser(java_script_enabled=False), shop)
    payment.button("pay").dblclick()
    payment.wait_for_record("completed")
    payment.open()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.attempts() == 1
    assert payment.charges() == 1
