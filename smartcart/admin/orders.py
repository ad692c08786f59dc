"""The admin's view of orders."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from smartcart.admin import lookup
from smartcart.shop.models import OrderStatus

orders = Blueprint("orders", __name__, url_prefix="/admin/orders")


@orders.before_request
@login_required
def require_login() -> None:
    """Nothing here is for the public."""


@orders.get("")
def index() -> ResponseReturnValue:
    status = _status_asked_for()
    before = request.args.get("before", lookup.LARGEST_ID, type=int)
    found, following = lookup.newest_orders(status, max(0, min(before, lookup.LARGEST_ID)))
    return render_template(
        "admin/orders.html", orders=found, following=following, status=status, statuses=list(OrderStatus)
    )


@orders.get("/<number>")
def show(number: str) -> ResponseReturnValue:
    order = lookup.find_order(number)
    return render_template("admin/order.html", order=order, sessions=lookup.sessions_of(order))


def _status_asked_for() -> OrderStatus | None:
    asked = request.args.get("status", "")
    if asked and asked not in set(OrderStatus):
        abort(404)
    return OrderStatus(asked) if asked else None
