"""The admin's view of orders."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select, true, tuple_
from werkzeug.datastructures import MultiDict

from smartcart.admin import filters, lookup
from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.admin.filters import Filters
from smartcart.admin.long_lists import Part, part_of
from smartcart.admin.orders.delivery import form_of
from smartcart.admin.orders.notes import NoteForm
from smartcart.admin.payments.refund_form import refund_form
from smartcart.database.session import db
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from smartcart.shop import agreements, deliveries, notes
from smartcart.shop.models import HAS_STATUS, IS_GIVEN_BACK, Order, OrderStatus

orders = Blueprint("orders", __name__, url_prefix="/admin/orders")
orders.before_request(require_login)

# As its index is sorted: SQLite would go through all orders for a day of which they are wanted by their ids.
BY_DAY = (Order.placed_at, Order.id)


@orders.get("")
def index() -> ResponseReturnValue:
    wanted, status = filters.asked_for(), filters.one_of(OrderStatus, "status")
    before = request.args.get("before", LARGEST_ID, type=int)
    part = _part(wanted, status, max(0, min(before, LARGEST_ID)))
    return render_template(
        "admin/orders.html",
        orders=lookup.orders_of_ids(part.ids),
        part=part,
        wanted=wanted,
        status=status,
        statuses=list(OrderStatus),
        in_address={"status": status, **wanted.in_address()},
    )


def _part(wanted: Filters, status: OrderStatus | None, before: int) -> Part:
    by_index = _by_index(wanted, status, before)
    besides = [*by_index[1:], *([Order.currency == wanted.currency] if wanted.currency else [])]
    if wanted.day and not wanted.needs_person:
        return part_of(BY_DAY, by_index[:1], besides, _before_in_day(before))
    return part_of([Order.id], by_index[:1] or [true()], besides, [Order.id < before])


def _before_in_day(before: int) -> list[Any]:
    placed_at = db.session.scalar(select(Order.placed_at).where(Order.id == before))
    return [tuple_(*BY_DAY) < (placed_at, before)] if placed_at else []


def _by_index(wanted: Filters, status: OrderStatus | None, before: int) -> list[Any]:
    """What has an index, what fewest have first."""
    return [
        *([Order.id.in_(lookup.for_a_person(before))] if wanted.needs_person else []),
        *([filters.is_on(wanted.day, Order.placed_at)] if wanted.day else []),
        *([IS_GIVEN_BACK] if wanted.is_given_back else []),
        *([HAS_STATUS[status]] if status else []),
    ]


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
