"""Checkout: where the shop and payments meet. An order and its payment session come to be together."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from smartcart.payments import opening, reading
from smartcart.payments.refusals import SumRefused
from smartcart.shop import cart, orders, stock
from smartcart.shop.forms import CheckoutForm
from smartcart.shopper import current_shopper
from smartcart.web import base_url, limit_acts

checkout = Blueprint("checkout", __name__)
limit_acts(checkout)


@checkout.route("/checkout", methods=["GET", "POST"], endpoint="checkout")
def show_or_place() -> Response:
    form = CheckoutForm()
    if not cart.cart_of(current_shopper()).lines:
        return _nothing_to_order()
    if not form.validate_on_submit():
        return _page(form, status=422 if form.is_submitted() else 200)
    return _place(form)


def _place(form: CheckoutForm) -> Response:
    try:
        session_id = opening.place_and_open(current_shopper(), form.name.data or "", form.email.data or "", base_url())
    except orders.EmptyCart:
        return _nothing_to_order()
    except orders.CartChanged as changed:
        return _page(form, str(changed), 409)
    except SumRefused as refusal:
        return _page(form, f"{refusal.detail} Nothing was ordered.", 409)
    except stock.OutOfStock as short:
        return _page(form, _sold_out(short), 409)
    return redirect(url_for("payments.show", session_id=session_id), 303)


def _nothing_to_order() -> Response:
    """The cart is empty: perhaps because the other click, or the other tab, has just placed this order."""
    session_id = reading.open_session_of(current_shopper()) if current_shopper() else None
    if session_id and request.method == "POST":
        return redirect(url_for("payments.show", session_id=session_id), 303)
    return redirect(url_for("shop.show_cart"), 303)


def _sold_out(short: stock.OutOfStock) -> str:
    left = ", ".join(f"{product.name} ({product.stock} left)" for product in short.products)
    return f"Somebody was quicker: there is not enough left of {left}. Nothing was ordered and nothing was paid."


def _page(form: CheckoutForm, refusal: str = "", status: int = 200) -> Response:
    shown = cart.cart_of(current_shopper())
    return make_response(render_template("shop/checkout.html", form=form, cart=shown, refusal=refusal), status)
