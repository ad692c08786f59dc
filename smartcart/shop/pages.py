"""The shop's own pages: catalogue, product, cart, order. Every action is a form that works without JavaScript."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import pass_environment
from jinja2.environment import Environment

from smartcart.database.foreseen import Foreseen
from smartcart.database.session import db, writing
from smartcart.ids import is_id, may_be_looked_up
from smartcart.rules import tax
from smartcart.shop import agreements, cart, catalogue, countries, deliveries, shown_orders
from smartcart.shop.cart import MOST_OF_ONE, CartRefused
from smartcart.shop.catalogue import AnyProduct
from smartcart.shop.models import Picture
from smartcart.shop.product_cards import product_cards
from smartcart.web.limits import READING, limit_acts
from smartcart.web.shopper import current_shopper, known_shopper

shop = Blueprint("shop", __name__)
# A first cart makes a new shopper; without a limit here, whoever meets one elsewhere would just be somebody else.
limit_acts(shop)
shop.add_app_template_filter(countries.name_of, "country_name")
shop.add_app_template_global(product_cards)

# How what a product has of an uploaded picture begins; wherever the shop lies.
UPLOADED = "/pictures/"
# A picture's name holds the hash of its bytes, so what a browser has never changes; and it is never run as a page.
PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


@shop.get("/")
def show_catalogue() -> ResponseReturnValue:
    products = catalogue.on_sale()
    are_left = any(product.stock for product in products)
    return render_template("shop/catalogue.html", products=products, are_left=are_left)


@shop.get("/products/<slug>")
def show_product(slug: str) -> ResponseReturnValue:
    try:
        return _product_page(slug)
    except catalogue.NotOnSale:
        abort(404)


@shop.get("/cart")
def show_cart() -> ResponseReturnValue:
    return _cart_page()


@shop.post("/cart/lines")
def add_line() -> ResponseReturnValue:
    slug = request.form.get("product", "")
    try:
        quantity = _quantity(least=1)
        with writing():
            product = catalogue.find(slug)
            cart.add(known_shopper(), product, quantity)
            flash(f"{quantity} × {product.name} put into your cart.", "good")
    except catalogue.NotOnSale:
        return _cart_page(refusal="This product is not on sale here, so nothing was put into your cart."), 404
    except CartRefused as refusal:
        return _refused_product(slug, refusal)
    return redirect(url_for("shop.show_cart"), 303)


@shop.post("/cart/lines/<slug>")
def change_line(slug: str) -> ResponseReturnValue:
    try:
        quantity = _quantity(least=0)
        with writing():
            product = _in_cart(slug)
            cart.put(current_shopper(), product, quantity)
            flash(f"{product.name}: {quantity or 'none'} in your cart now.", "good")
    except catalogue.NotOnSale:
        return _cart_page(refusal="This product is no longer in your cart."), 404
    except CartRefused as refusal:
        return _cart_page(refusal=str(refusal), refused=slug), 422
    return redirect(url_for("shop.show_cart"), 303)


@shop.get("/pictures/<name>")
def show_picture(name: str) -> ResponseReturnValue:
    found = db.session.get(Picture, name) if may_be_looked_up(name) else None
    if found is None:
        abort(404)
    return Response(found.body, headers=PICTURE_HEADERS, mimetype=found.media_type)


@shop.get("/orders/<token>")
def show_order(token: str) -> ResponseReturnValue:
    if not is_id(token):
        abort(404)
    lines, way, agreed = shown_orders.lines_of(token), deliveries.of_token(token), agreements.of_token(token)
    order = shown_orders.find(token)
    if order is None:
        abort(404)
    return render_template(
        "shop/order.html", order=order, order_lines=lines.answer(), on_its_way=way.answer(), agreed=agreed.answer()
    )


@shop.app_template_global()
def cart_count() -> int:
    """How many things lie in this shopper's cart. A function: a page or fragment that shows no cart does not count."""
    shopper = current_shopper()
    if not shopper:
        return 0
    foreseen: Foreseen[int] = g.get("cart_count") or cart.count_of(shopper)
    return foreseen.answer()


@shop.app_template_global()
def taxes_in(lines: Iterable[tax.Taxed], shipping: int | None) -> list[tax.Included]:
    """The tax in what was ordered and in sending it, by rate."""
    return tax.included(lines, shipping or 0)


@shop.app_template_filter()
@pass_environment
def picture_url(environment: Environment, picture: str) -> str:
    """The address of a product's picture: an uploaded one, one of the demo catalogue's drawings, or a placeholder."""
    if picture.startswith(UPLOADED):
        address: Any = environment.globals["url_for"]
        return str(address("shop.show_picture", name=picture.removeprefix(UPLOADED)))
    static_url: Any = environment.globals["static_url"]
    return str(static_url(picture or "catalogue/placeholder.svg"))


def _quantity(least: int) -> int:
    """The quantity that was typed. Raises CartRefused when it is not a whole number from `least` to MOST_OF_ONE."""
    typed = request.form.get("quantity", "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10 and least <= int(typed) <= MOST_OF_ONE):
        raise CartRefused(f"The quantity must be a whole number from {least} to {MOST_OF_ONE}.")
    return int(typed)


def _typed(at_first: str) -> str:
    """The quantity as it was sent; `at_first` where a page is only read, which no form comes with."""
    return at_first if request.method in READING else request.form.get("quantity", at_first)


def _in_cart(slug: str) -> AnyProduct:
    """The product of a line of this shopper's cart, on sale or not. Raises NotOnSale when it does not lie there."""
    for line in cart.cart_of(current_shopper()).lines:
        if line.product.slug == slug:
            return line.product
    raise catalogue.NotOnSale(slug)


def _refused_product(slug: str, refusal: CartRefused) -> ResponseReturnValue:
    """The product's page with what was typed and why it cannot be."""
    try:
        return _product_page(slug, refusal=str(refusal)), 422
    except catalogue.NotOnSale:
        return _cart_page(refusal=str(refusal)), 422


def _product_page(slug: str, refusal: str = "") -> str:
    (product, description), typed = catalogue.find_described(slug), _typed("1")
    return render_template("shop/product.html", product=product, description=description, refusal=refusal, typed=typed)


def _cart_page(refusal: str = "", refused: str = "") -> str:
    """The cart, with why a change was refused; `refused` is the slug of the line that keeps what was typed."""
    return render_template(
        "shop/cart.html", cart=cart.cart_of(current_shopper()), refusal=refusal, refused=refused, typed=_typed("")
    )
