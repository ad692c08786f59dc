"""Checkout: where the shop and payments meet. An order and its payment session come to be together."""

import re
from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from smartcart import clock
from smartcart.database.foreseen import Foreseen
from smartcart.money.format import format_money
from smartcart.payments.core import letters, queries, second_orders
from smartcart.payments.core import own_payments as own
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.core.refusals import SumRefused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import opening
from smartcart.payments.flow.opening import Agreed
from smartcart.payments.page import copy, frame
from smartcart.payments.page.reserved_stock import Reservation, of_those_gone
from smartcart.shop import agreements, cart, countries, deliveries, orders, shipping, stock
from smartcart.shop.address_form import AddressForm
from smartcart.shop.catalogue import AnyProduct
from smartcart.shop.forms import CheckoutForm
from smartcart.web.addresses import base_url
from smartcart.web.limits import limit_acts
from smartcart.web.shopper import current_shopper

checkout = Blueprint("checkout", __name__)
limit_acts(checkout)

NO_LONGER_SENT = (
    "What it costs to send this has changed since the page was shown, or it is not sent to that country. Nothing was"
    " ordered yet. Please look at the country again."
)
# Where nobody was asked for an address, the page does that now.
REFUSED_TO_SEND = {orders.NeedsAddress: ("", 422), orders.NotSentThere: (NO_LONGER_SENT, 409)}
ELSEWHERE = (
    "An order of these same things may be open already. If it is yours, {look} Nothing was ordered yet; you can place"
    " this order all the same."
)
SEE_MAIL = "see your mail: we have written to the address that you gave."
# Where no mail server is set nobody was written to.
ASK_SHOP = "look at it on the device that you ordered it on, or ask the shop{contact}."
SECOND_TIME = "Do you want to order these things a second time? Nothing was ordered yet."

checkout.add_app_template_global(copy.briefly, "briefly")


@checkout.route("/checkout", methods=["GET", "POST"], endpoint="checkout")
def show_or_place() -> Response:
    form = AddressForm() if "country" in request.form else CheckoutForm(data=_typed_before())
    if not form.validate_on_submit():
        return _page(form, status=422 if form.is_submitted() else 200)
    return _place(form)


@checkout.get("/payments")
def show_own_payments() -> Response:
    """The part of every page that tells of the shopper's payments, for a page that has been looked away from."""
    return make_response(render_template("shop/_own_payments.html"))


@checkout.app_template_global()
def own_payments(but: str = "", error: int = 0) -> list[OwnPayment]:
    """The shopper's payments that are open or ended lately, but for the session of that id.

    On the page of an error it is no other error that the database is away.
    """
    try:
        return [payment for payment in frame.own_payments_here() if payment.id != but]
    except SQLAlchemyError:
        if not error:
            raise
        return []


@checkout.app_template_global()
def ordered_before() -> Sequence[OwnPayment]:
    """The shopper's payments for things of their cart that may have been taken for it already, or were.

    Looked up once for a page, so that what asks a question and what offers its button are of one mind.
    """
    found: Sequence[OwnPayment] | None = g.get("ordered_before")
    if found is None:
        is_worth_it = frame.may_have_ordered_before()
        found = g.ordered_before = second_orders.before_cart(current_shopper()) if is_worth_it else ()
    return found


@checkout.app_template_global()
def holds(products: Iterable[AnyProduct | stock.Short]) -> dict[int, Reservation]:
    """Which products are not sold out but held, by id. A look only where any of these is not on the shelf."""
    if all(product.stock for product in products):
        return {}
    foreseen: Foreseen[dict[int, Reservation]] = g.get("held") or of_those_gone(current_shopper())
    return foreseen.answer()


def _typed_before() -> dict[str, str]:
    """What stands in the form before anything is typed; what was sent is never filled up with it."""
    if request.method == "POST":
        return {}
    return orders.typed_lately(current_shopper(), clock.now() - own.WAY_BACK)


def _place(form: CheckoutForm) -> Response:
    who = current_shopper(), form.name.data or "", form.email.data or ""
    try:
        session_id = opening.place_and_open(
            *who,
            base_url(),
            _agreed(form),
        )
    except orders.EmptyCart:
        return _nothing_to_order()
    except orders.NotSent as to_where:
        return _page(form, *REFUSED_TO_SEND[type(to_where)])
    except (orders.CartChanged, agreements.EditionsChanged) as changed:
        return _page(form, str(changed), 409)
    except SumRefused as refusal:
        return _page(form, f"{refusal.detail} Nothing was ordered.", 409)
    except opening.SecondOrder as second:
        return _ask_or_place(form, second)
    except opening.SumChanged:
        return _page(form, status=409)  # which says so
    except stock.OutOfStock as short:
        return _page(form, _sold_out(short), 409)
    return redirect(url_for("payments.show", session_id=session_id), 303)


def _agreed(form: CheckoutForm) -> Agreed:
    sent = request.form
    again, shown_sum, editions = sent.get("again", "").split(), sent.get("sum", ""), sent.get("agreed", "")
    return Agreed(again, shown_sum, form.remind.data, _to(form), editions)


def _to(form: CheckoutForm) -> orders.Destination | None:
    """Where it is to go, and for how much as the page has shown it, if the page has asked."""
    if not isinstance(form, AddressForm):
        return None
    shown = dict(each.partition(":")[::2] for each in request.form.get("prices", "").split())
    price = shown.get(str(form.country.data), "")
    return orders.Destination(form.address(), int(price) if re.fullmatch(r"[0-9]{1,12}", price) else None)


def _ask_or_place(form: CheckoutForm, second: opening.SecondOrder) -> Response:
    """The question whether a second order is meant, unless the answer that was missing has come in just now."""
    if isinstance(second, opening.OrderedElsewhere):
        letters.of_order_before(second.session_id)
        return _page(form, _ordered_elsewhere(), 409, agreed=[opening.ELSEWHERE])
    g.pop("own_payments", None)
    g.pop("ordered_before", None)
    if ordered_before():
        return _page(form, SECOND_TIME, 409)
    return _place(form)


def _ordered_elsewhere() -> str:
    settings = runtime().settings
    contact = f": {settings.contact}" if settings.contact else ""
    return ELSEWHERE.format(look=SEE_MAIL if settings.smtp_host else ASK_SHOP.format(contact=contact))


def _nothing_to_order() -> Response:
    """The cart is empty: perhaps because the other click, or the other tab, has just placed this order."""
    session_id = queries.open_session_of(current_shopper()) if current_shopper() else None
    if session_id and request.method == "POST":
        return redirect(url_for("payments.show", session_id=session_id), 303)
    return redirect(url_for("shop.show_cart"), 303)


def _sold_out(short: stock.OutOfStock) -> str:
    left = ", ".join(f"{product.name} ({product.stock} left)" for product in short.products)
    held = holds(short.products)
    sentences = {held[product.id].sentence for product in short.products if product.id in held}
    return " ".join(
        [
            f"Somebody was quicker: there is not enough left of {left}. Nothing was ordered and nothing was paid.",
            *sentences,
        ]
    )


def _sum_changed(wanted: cart.Cart) -> str:
    return (
        f"What is in your cart has changed since this page was shown, or its price: it is"
        f" {format_money(wanted.total, wanted.currency)} in all now. Nothing was ordered yet. Please look at it, and"
        " place the order if you agree."
    )


def _page(form: CheckoutForm, refusal: str = "", status: int = 200, agreed: Sequence[str] = ()) -> Response:
    """`agreed` is what the button agrees to, besides the payments that the page shows."""
    shown = cart.cart_of(current_shopper())
    if not shown.lines:
        return _nothing_to_order()
    if request.form.get("sum", "") not in ("", shown.sum):
        refusal = f"{refusal} {_sum_changed(shown)}".strip()
    prices = shipping.prices(shown.currency) if shown.is_sent else {}
    if shown.is_sent:
        form = _with_address(form, shown, prices)
    again = [*(payment.id for payment in ordered_before()), *agreed]
    page = render_template("shop/checkout.html", form=form, cart=shown, prices=prices, refusal=refusal, again=again)
    return make_response(page, status)


def _with_address(form: CheckoutForm, shown: cart.Cart, prices: Mapping[str, int]) -> AddressForm:
    """The form that asks for an address, with what each country costs, and all in all; what was typed stays."""
    asked = form if isinstance(form, AddressForm) else _asking_too()
    asked.offer((country, _priced(country, price, shown)) for country, price in prices.items())
    return asked


def _asking_too() -> AddressForm:
    """Where it was not asked before."""
    if request.method == "GET":
        since = clock.now() - own.WAY_BACK
        return AddressForm(data=_typed_before() | deliveries.typed_lately(current_shopper(), since))
    form = AddressForm()
    form.validate()
    return form


def _priced(country: str, price: int, shown: cart.Cart) -> str:
    both = (format_money(each, shown.currency) for each in (shown.total + price, price))
    return "{}: {} in all, {} of it to send it".format(countries.name_of(country), *both)
