"""The payment page while payments do not work for anybody: with a screen reader, a phone, the keyboard, no JavaScript.

On a shop of its own, as no other test has that weather.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from smartcart.gateways.sandbox.ledger import Ledger
from tests.browser.accessibility import PHONE, violations
from tests.browser.payment_page import PaymentPage
from tests.support.databases import Databases
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

OUT = """insert into gateway_weather (account, weather, since, relapses, answers, probe)
         values (?, 'out', ?, 0, 0, '') on conflict (account) do update set weather = 'out'"""


@pytest.fixture
def shop_without_payments(databases: Databases, prepared_database: str, tmp_path: Path) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path, databases.create(prepared_database), weather="on")
    shop.start()
    try:
        account = f"sandbox {Ledger(shop.ledger, time.time).id}"
        shop.write(OUT, account, datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
        looked_at = f"/pay/{shop.visitor().order('stoneware-mug')}"
        wait_for(lambda: 'data-weather="out"' in shop.visitor().get(looked_at).text)
        yield shop
    finally:
        shop.abandon()


def test_it_is_read_and_used_by_everybody(
    shop_without_payments: RunningShop, another_browser: Callable[..., Page]
) -> None:
    page = another_browser()
    page.emulate_media(reduced_motion="reduce")
    payment = PaymentPage.of_own_order(page, shop_without_payments)
    expect(page.get_by_test_id("gateway-weather")).to_have_attribute("data-weather", "out")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page, "color-contrast") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_test_id("want-letter").focus()
    page.keyboard.press("Enter")
    expect(payment.status).to_contain_text("when payments work again")


def test_without_javascript_the_letter_is_asked_for_and_a_press_uses_no_attempt(
    shop_without_payments: RunningShop, another_browser: Callable[..., Page]
) -> None:
    page = another_browser(java_script_enabled=False)
    payment = PaymentPage.of_own_order(page, shop_without_payments)
    page.get_by_test_id("want-letter").click()
    expect(payment.status).to_contain_text("when payments work again")
    assert payment.record("attempts") == 0
