"""What the shop knows of a request that Caddy has handed on: scheme, host, path and address are the shopper's."""

import re
from http.cookies import SimpleCookie

from playwright.sync_api import Page

from tests.browser.payment_page import PaymentPage
from tests.support.caddy import SUB_PATH, ShopBehindCaddy
from tests.support.running import SETTINGS

# Where browsers are led by a page: links, forms, scripts, styles, pictures, and what HTMX asks for.
LEADS_TO = re.compile(r"""\b(?:href|src|action|hx-get|hx-post|data-left|data-address)="([^"#]+)\"""")


def test_every_page_stays_under_the_path(shop: ShopBehindCaddy) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    pages = [
        "/",
        "/cart",
        "/products/teapot",
        f"/pay/{session}",
        f"/pay/{session}/status",
        "/admin/login",
        "/no such page",
    ]
    for page in pages:
        led = LEADS_TO.findall(visitor.get(page.replace(" ", "%20")).text)
        assert led, page
        astray = [to for to in led if not to.startswith((f"{SUB_PATH}/", f"{shop.url}/", "mailto:", "?"))]
        assert not astray, (page, astray)


def test_the_bank_is_under_the_path_and_leads_back(page: Page, shop: ShopBehindCaddy) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    payment.pay("challenge")
    payment.expect_state("action_required")
    payment.button("confirm-with-bank").click()
    page.wait_for_url(f"{shop.url}/bank/**")
    page.get_by_test_id("confirm").click()
    payment.expect_state("completed", money="taken")


def test_cookies_are_for_https_and_for_the_path_alone(shop: ShopBehindCaddy) -> None:
    set_by = shop.visitor().get("/").headers.get_all("Set-Cookie") or []
    cookies = [morsel for header in set_by for morsel in SimpleCookie(header).values()]
    assert cookies
    assert {(cookie["path"], cookie["secure"]) for cookie in cookies} == {(SUB_PATH, True)}


def test_a_program_is_told_the_address_that_shoppers_use(shop: ShopBehindCaddy) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    assert visitor.session(session)["pay_url"] == f"{shop.url}/pay/{session}"


def test_it_is_the_shoppers_address_whatever_they_write_themselves(shop: ShopBehindCaddy) -> None:
    visitor = shop.visitor()
    visitor.come_from("127.0.0.5")
    visitor.get("/", **{"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.2"})
    visitor.sign_in(SETTINGS["ADMIN_PASSWORD"])  # type: ignore[arg-type]  # text
    assert shop.rows("select address from sign_in") == [("127.0.0.5",)]


def test_who_has_to_sign_in_gets_to_the_page_they_wanted(page: Page, shop: ShopBehindCaddy) -> None:
    page.goto(f"{shop.url}/admin/sessions")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(str(SETTINGS["ADMIN_PASSWORD"]))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{shop.url}/admin/sessions")
