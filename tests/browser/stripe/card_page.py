"""The payment page with Stripe's card form, as somebody sees and uses it."""

from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer


class CardPage(PaymentPage):
    """One order's payment page, open in one tab."""

    def __init__(self, page: Page, shop: RunningShop, session: str, stripe: StripeServer) -> None:
        super().__init__(page, shop, session)
        self.stripe = stripe
        self.problem = page.get_by_test_id("card-problem")

    @property
    def form(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Secure payment input frame']")

    @property
    def bank(self) -> FrameLocator:
        """The bank's question in the page."""
        return self.page.frame_locator("iframe[title='Your bank']")

    def in_page(self, page: Page) -> "CardPage":
        other = CardPage(page, self.shop, self.session, self.stripe)
        other.open()
        return other

    def type_card(self, number: str) -> None:
        self.form.get_by_label("Card number").fill(number)
        self.form.get_by_label("Expiration date").fill("12/40")
        self.form.get_by_label("Security code").fill("123")

    def pay_with(self, number: str, button: str = "pay") -> None:
        self.type_card(number)
        self.button(button).click()

    def expect_typed(self, number: str) -> None:
        """What was typed is still there."""
        expect(self.form.get_by_label("Card number")).to_have_value(number)
        expect(self.form.get_by_label("Expiration date")).to_have_value("12/40")
        expect(self.form.get_by_label("Security code")).to_have_value("123")

    def charged(self) -> list[int]:
        """The amounts that Stripe's own books say it took for this session."""
        return [charge["amount"] for charge in self.stripe.charges() if self._is_ours(charge)]

    def intents(self) -> list[dict[str, Any]]:
        """All that was opened at Stripe for this session."""
        return [intent for intent in self.stripe.all("payment_intent") if self._is_ours(intent)]

    def _is_ours(self, thing: dict[str, Any]) -> bool:
        return bool(thing["metadata"].get("smartcart_session") == self.session)
