"""Pages about what is sent, as shopper and owner come to see them."""

from playwright.sync_api import Page, expect

from tests.browser import money_back
from tests.support.running import RunningShop

STREET = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Street 12"
TRACKING = "https://post.example/track?" + "0" * 120


def ask_for_an_address(page: Page, shop: RunningShop) -> None:
    """Of something that nobody else finds in the shop: it is on sale for as long as it takes to put it into a cart."""
    _set_prices(shop)
    shop.write("delete from cart_line where product_id in (select id from product where slug = 'atlas')")
    shop.write("delete from product where slug = 'atlas'")
    shop.write(
        "insert into product (slug, name, description, price, currency, stock, picture, on_sale, is_sent, tax_rate)"
        " values ('atlas', 'Atlas', '', 4200, 'EUR', 5, '', true, true, 700)"
    )
    page.goto(f"{shop.url}/products/atlas")
    page.get_by_test_id("add-to-cart").click()
    page.goto(f"{shop.url}/checkout")
    shop.write("update product set on_sale = false where slug = 'atlas'")
    expect(page.get_by_label("Country")).to_be_visible()


def be_told_what_is_missing(page: Page, shop: RunningShop) -> None:
    ask_for_an_address(page, shop)
    page.get_by_label("Country").select_option("FR")
    page.get_by_test_id("place-order").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Country")).to_have_value("FR")


def set_prices(page: Page, shop: RunningShop) -> None:
    _set_prices(shop)
    money_back.sign_in(page, shop)
    page.goto(f"{shop.url}/admin/shipping")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()


def pack(page: Page, shop: RunningShop) -> str:
    """Returns the token of the order's own page."""
    session = money_back.paid(page, shop).session
    [(number, order_id, token)] = shop.rows(
        "select number, shop_order.id, token from shop_order join payment_session on order_id = shop_order.id"
        " where payment_session.id = ?",
        session,
    )
    _send(shop, order_id)
    shop.write("update order_line set tax_rate = 1900 where order_id = ?", order_id)
    money_back.sign_in(page, shop)
    page.goto(f"{shop.url}/admin/orders/{number}")
    page.get_by_test_id("pack").click()
    expect(page.get_by_test_id("stage")).to_have_text("Packed")
    return str(token)


def see_what_is_to_be_packed(page: Page, shop: RunningShop) -> None:
    session = money_back.paid(page, shop).session
    [(order_id,)] = shop.rows("select order_id from payment_session where id = ?", session)
    _send(shop, order_id)
    money_back.sign_in(page, shop)
    page.goto(f"{shop.url}/admin/orders/to-pack")
    expect(page.get_by_test_id("to-pack").last).to_contain_text(STREET)


def see_the_slip(page: Page, shop: RunningShop) -> None:
    pack(page, shop)
    page.get_by_role("link", name="Packing slip").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("packing slip")


def be_refused_a_link(page: Page, shop: RunningShop) -> None:
    pack(page, shop)
    page.get_by_label("Tracking link").fill("http://post.example")
    page.get_by_test_id("send").click()
    expect(page.get_by_role("alert")).to_be_focused()


def send(page: Page, shop: RunningShop) -> str:
    token = pack(page, shop)
    page.get_by_label("Carrier").fill("the post")
    page.get_by_label("Tracking link").fill(TRACKING)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("stage")).to_have_text("Sent")
    return token


def see_it_on_its_way(page: Page, shop: RunningShop) -> None:
    page.goto(f"{shop.url}/orders/{send(page, shop)}")
    expect(page.get_by_test_id("delivery")).to_contain_text("on its way")


def _send(shop: RunningShop, order_id: int) -> None:
    """As if it had been ordered so."""
    shop.write(
        "insert into delivery (order_id, line1, line2, postcode, city, region, country, stage)"
        " values (?, ?, '', '75011', 'Paris', '', 'FR', 'waiting')",
        order_id,
        STREET,
    )
    shop.write("update shop_order set awaits_packing = true where id = ?", order_id)


def _set_prices(shop: RunningShop) -> None:
    shop.write("delete from shipping_price")
    for country, price in (("FR", 990), ("DE", 490), ("GS", 12990)):
        shop.write("insert into shipping_price (currency, country, price) values ('EUR', ?, ?)", country, price)
