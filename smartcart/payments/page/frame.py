"""What stands around every page of a shopper's, foreseen: it is asked along with the page's own first question.

docs/decisions/0031-questions-that-go-along.md
"""

from flask import Flask, g, request

from smartcart.database.foreseen import Foreseen
from smartcart.payments.core import own_payments
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.page import reserved_stock
from smartcart.shop import cart
from smartcart.web.shopper import current_shopper

# By the names of their blueprints.
ROOMS = ("shop", "legal", "checkout", "payments", "resume", "statements", "refund_tracker", "cards")
# Where something is nearly always gone from the shelf.
CATALOGUE = "shop.show_catalogue"


def init_app(app: Flask) -> None:
    """Foresee on every page."""
    app.before_request(_foresee)


def _foresee() -> None:
    if request.method != "GET" or request.blueprint not in ROOMS:
        return
    if shopper := current_shopper():
        g.cart_count = cart.count_of(shopper)
        g.own_payments = own_payments.to_show(shopper)
    if request.endpoint == CATALOGUE:
        g.held = reserved_stock.of_those_gone(shopper)


def own_payments_here() -> list[OwnPayment]:
    """The reader's own payments, as the page shows them; looked up once for a page."""
    shopper = current_shopper()
    if not shopper:
        return []
    foreseen: Foreseen[list[OwnPayment]] | None = g.get("own_payments")
    if foreseen is None:
        foreseen = g.own_payments = own_payments.to_show(shopper)
    return foreseen.answer()


def may_have_ordered_before(but: str = "") -> bool:
    """Whether it is worth a look if any of them, but that of session `but`, pays for the same as another order would.

    It nearly never is.
    """
    shown = own_payments_here()
    return len(shown) >= own_payments.MOST_SHOWN or any(each.may_be_enough for each in shown if each.id != but)
