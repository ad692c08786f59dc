"""The admin's view of orders."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from smartcart.admin import lookup
from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.admin.orders.delivery import form_of
from smartcart.admin.orders.notes import NoteForm
from smartcart.admin.payments.refund_form import refund_form
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from smartcart.shop import agreements, deliveries, notes
from smartcart.shop.models import OrderStatus

orders = Blueprint("orders", __name__, url_prefix="/admin/orders")
orders.before_request(require_login)


@orders.get("")
def index() -> ResponseReturnValue:
    status = _status_asked_for()
    before = request.args.get("before", LARGEST_ID, type=int)
    found, following = lookup.newest_orders(status, max(0, min(before, LARGEST_ID)))
    return render_template(
        "admin/orders.html", orders=found, following=following, status=status, statuses=list(OrderStatus)
    )


@orders.get("/to-pack")
def to_pack() -> ResponseReturnValue:
    after = request.args.get("after", 0, type=int)
    found, following = lookup.to_pack(max(0, min(after, LARGEST_ID)))
    addresses = deliveries.addresses_of(order.id for order in found)
    return render_template("admin/to_pack.html", orders=found, addresses=addresses, after=after, following=following)


@orders.get("/<number>")
def show(number: str) -> ResponseReturnValue:
    order = lookup.find_order(number)
    sessions, steps = lookup.sessions_of(order), deliveries.steps_of(order.id)
    # Of an order that is paid, one session is: the others' money, if there was any, goes back by itself.
    paid = next((session for session in sessions if session.state is State.COMPLETED and not session.refund_due), None)
    return render_template(
        "admin/order.html",
        order=order,
        agreed=agreements.of_order(order.id),
        address=deliveries.address_of(order.id),
        stage=deliveries.stage_of(order.id),
        steps=steps,
        notes=notes.of_order(order.id),
        note_form=NoteForm(MultiDict()),
        send_form=form_of(steps),
        sessions=sessions,
        session=paid,
        left=transitions.left_of(paid) if paid else 0,
        refund_form=refund_form(paid) if paid else None,
    )


def _status_asked_for() -> OrderStatus | None:
    asked = request.args.get("status", "")
    if asked and asked not in set(OrderStatus):
        abort(404)
    return OrderStatus(asked) if asked else None
