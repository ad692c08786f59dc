"""`make screenshots`: pictures of the shop's pages, at the width of a telephone and of a desk, from a shop that runs.

Each visit leads a browser to a page, the same way at either width; moments, numbers and ids are those of the run.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.payment_page import PaymentPage, new_address
from tests.support.running import SETTINGS, RunningShop
from tools.documents.generated import ROOT

FOLDER = ROOT / "docs/screenshots"
WIDTHS = (360, 1280)
# What fits on a screen of that width, and a little more; the rest is cut off.
TALLEST = 1200
# As few as pages have that are drawn plainly: a third of the bytes, and nobody sees it.
COLOURS = 64
# A silent gateway is waited for this long, in seconds.
TIMEOUT = 2
Visit = Callable[[Page, RunningShop], object]


def take_all() -> None:
    """Write every picture anew."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        shop = RunningShop(Path(folder), payment_timeout=TIMEOUT, reconcile_interval=60, retry_delay=60)
        shop.prepare()
        shop.start()
        try:
            browser = playwright.chromium.launch(executable_path=os.environ["SMARTCART_TEST_CHROMIUM"])
            for name, visit in VISITS.items():
                for width in WIDTHS:
                    _take(browser, shop, visit, FOLDER / f"{name}-{width}.png", width)
        finally:
            shop.stop()


def _take(browser: Browser, shop: RunningShop, visit: Visit, path: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 760}, reduced_motion="reduce", locale="en")
    page = context.new_page()
    visit(page, shop)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    context.close()
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def _catalogue(page: Page, shop: RunningShop) -> None:
    page.goto(shop.url)


def _choose(page: Page, shop: RunningShop) -> PaymentPage:
    """Order a mug in this browser, and be led to its payment page."""
    page.goto(f"{shop.url}/products/stoneware-mug")
    page.get_by_test_id("add-to-cart").click()
    page.get_by_test_id("checkout").click()
    page.get_by_test_id("field-name").fill("Ada Lovelace")
    page.get_by_test_id("field-email").fill(new_address())
    page.get_by_test_id("place-order").click()
    page.wait_for_url("**/pay/*")
    return PaymentPage(page, shop, page.url.rpartition("/")[2])


def _after(method: str, state: str) -> Visit:
    """The payment page once an attempt by that method of the sandbox has come there."""

    def visit(page: Page, shop: RunningShop) -> None:
        payment = _choose(page, shop)
        payment.pay(method)
        payment.expect_state(state)

    return visit


def _order(page: Page, shop: RunningShop) -> None:
    payment = _choose(page, shop)
    payment.pay("approve")
    payment.expect_state("completed")
    page.get_by_role("link", name="See your order").click()


def _admin(path: str) -> Visit:
    """A page of the admin; `{session}` in its path is that of a payment whose answer was lost."""

    def visit(page: Page, shop: RunningShop) -> None:
        page.goto(f"{shop.url}/admin/login")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(str(SETTINGS["ADMIN_PASSWORD"]))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        lost = "select session_id from payment_attempt where method = 'sandbox_lost_reply'"
        page.goto(shop.url + path.format(session=shop.rows(lost)[0][0]))

    return visit


# By the names of the pictures, in the order in which they are taken: the admin comes last, when there is something.
VISITS: Mapping[str, Visit] = {
    "catalogue": _catalogue,
    "choose": _choose,
    "under-way": _after("timeout", "processing"),
    "checking": _after("lost_reply", "checking"),
    "interrupted": _after("decline", "interrupted"),
    "paid": _after("approve", "completed"),
    "order": _order,
    "admin": _admin("/admin"),
    "admin-payment": _admin("/admin/sessions/{session}"),
    "admin-support": _admin("/admin/support/{session}"),
}

if __name__ == "__main__":
    take_all()
