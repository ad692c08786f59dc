"""The payment page as somebody sees and uses it."""

import time
from secrets import token_hex
from typing import Any

from playwright.sync_api import Dialog, Locator, Page, expect

from smartcart.gateways.sandbox.ledger import Ledger
from tests.support.running import RunningShop
from tests.support.waiting import wait_for


def new_address() -> str:
    """An e-mail address: tests share shops, and one that has ordered the same there before would be asked about it."""
    return f"ada-{token_hex(4)}@example.org"


class PaymentPage:
    """One order's payment page, open in one tab."""

    def __init__(self, page: Page, shop: RunningShop, session: str) -> None:
        self.page = page
        self.shop = shop
        self.session = session
        self.url = f"{shop.url}/pay/{session}"
        self.status = page.get_by_test_id("payment-status")
        self.heading = self.status.get_by_role("heading")
        self.counter = page.get_by_test_id("attempt-counter")
        self.banner = page.get_by_test_id("connection-banner")
        self.announced = page.locator("#announcer")

    @classmethod
    def of_new_order(cls, page: Page, shop: RunningShop) -> "PaymentPage":
        """Open the payment page of an order that was placed just now."""
        payment = cls(page, shop, shop.visitor().order())
        payment.open()
        return payment

    @classmethod
    def of_own_order(cls, page: Page, shop: RunningShop) -> "PaymentPage":
        """Order a teapot in this very browser, and be led to its payment page."""
        page.goto(f"{shop.url}/products/teapot")
        page.get_by_test_id("add-to-cart").click()
        page.get_by_test_id("checkout").click()
        page.get_by_test_id("field-name").fill("Ada Lovelace")
        page.get_by_test_id("field-email").fill(new_address())
        page.get_by_test_id("place-order").click()
        page.wait_for_url("**/pay/*")
        return cls(page, shop, page.url.rpartition("/")[2])

    def open(self) -> None:
        self.page.goto(self.url)

    def in_page(self, page: Page) -> "PaymentPage":
        """The same payment in another tab or on another device."""
        other = PaymentPage(page, self.shop, self.session)
        other.open()
        return other

    def button(self, handle: str) -> Locator:
        return self.page.get_by_test_id(handle)

    def method(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"method-sandbox_{name}")

    def pay(self, method: str, button: str = "pay") -> None:
        """Choose one of the sandbox's methods and press Pay, or Retry."""
        self.method(method).check()
        self.button(button).click()

    def expect_state(self, state: str, **more: str) -> None:
        """Wait until the page shows this state, and `money`, `attempts` if given."""
        for name, value in {"state": state, **more}.items():
            expect(self.status).to_have_attribute(f"data-{name}", value)

    def wait_for_record(self, *states: str) -> None:
        """Wait until one of these states is on record, whatever the page shows."""
        wait_for(lambda: self.record("state") in states)

    def record(self, column: str) -> Any:
        """What is on record of this session."""
        return self.shop.rows(f"select {column} from payment_session where id = ?", self.session)[0][0]  # noqa: S608

    def attempts(self) -> int:
        """How many attempts are on record."""
        count: int = self.shop.rows("select count(*) from payment_attempt where session_id = ?", self.session)[0][0]
        return count

    def notes(self, interruption: str) -> int:
        """How often the trail tells of an interruption as a note that changed no state."""
        query = "select count(*) from payment_event where session_id = ? and kind = 'interrupted' and interruption = ?"
        count: int = self.shop.rows(query, self.session, interruption)[0][0]
        return count

    def charges(self) -> int:
        """How often the sandbox's own books say that it charged."""
        books = Ledger(self.shop.ledger, time.time).charges()
        return sum(charge.session == self.session for charge in books)


def accept_dialogs(page: Page) -> list[str]:
    """Say yes to whatever the browser asks; returns a list that fills with the kinds of its questions."""
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    return asked
