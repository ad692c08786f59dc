"""What the admin looks for: sessions, and orders. Nothing here writes."""

from collections.abc import Collection, Sequence

from flask import abort
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from smartcart.admin.access import PAGE
from smartcart.admin.long_lists import LOOKED_AT
from smartcart.database.session import db
from smartcart.ids import is_id, may_be_looked_up
from smartcart.payments.core import queries
from smartcart.payments.core.models import IS_TO_BE_RETURNED, LATER_PART, NEEDS_A_PERSON, PaymentSession
from smartcart.rules import numbering, search_words
from smartcart.rules.payment_states import State
from smartcart.shop.models import IS_TO_PACK, Order


def active(state: State | None, after: str) -> tuple[Sequence[PaymentSession], str]:
    """A page of open sessions, oldest first, after the session of that id; and the `after` of the next page."""
    last = (find_session(after).created_at, after) if after else None
    found = queries.active(PAGE + 1, state, last)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else ""


def needing_a_person() -> Sequence[PaymentSession]:
    """Sessions that have been in the dark for too long, the longest first."""
    query = select(PaymentSession).where(NEEDS_A_PERSON)
    return db.session.scalars(query.order_by(PaymentSession.needs_person_at).limit(PAGE)).all()


def for_a_person(before: int) -> Select[int | None]:
    """The ids of orders before that one, the newest of them, of which a session needs a person."""
    order_id = PaymentSession.order_id
    query = select(order_id).where(NEEDS_A_PERSON, order_id < before).distinct()
    return query.order_by(order_id.desc()).limit(LOOKED_AT)


def to_be_returned() -> Sequence[PaymentSession]:
    """Sessions whose money came too late, and which are giving it back without a person."""
    query = select(PaymentSession).where(IS_TO_BE_RETURNED)
    return db.session.scalars(query.order_by(PaymentSession.ended_at).limit(PAGE)).all()


def sessions_called(text: str) -> Sequence[PaymentSession]:
    """The sessions of that id, order number or reference at the gateway, newest first; of an order's number the digits
    are enough."""
    if not may_be_looked_up(text):
        return []
    numbers = {text, numbering.PREFIX + search_words.order_number(text)}
    which = [PaymentSession.id == text, PaymentSession.order_reference.in_(numbers)]
    if text[LATER_PART]:  # without it all references that are short are one to the index
        which.append(queries.has_reference([text]))
    query = select(PaymentSession).where(or_(*which))
    return db.session.scalars(query.order_by(PaymentSession.created_at.desc()).limit(PAGE)).all()


def sessions_of_ids(session_ids: Collection[str]) -> Sequence[PaymentSession]:
    """Newest first."""
    query = select(PaymentSession).where(PaymentSession.id.in_(session_ids))
    return db.session.scalars(query.order_by(PaymentSession.created_at.desc(), PaymentSession.id.desc())).all()


def find_session(session_id: str) -> PaymentSession:
    """Ends the request with 404 when there is none."""
    return (db.session.get(PaymentSession, session_id) if is_id(session_id) else None) or abort(404)


def orders_of_ids(order_ids: Collection[int]) -> Sequence[Order]:
    """Newest first."""
    return db.session.scalars(select(Order).where(Order.id.in_(order_ids)).order_by(Order.id.desc())).all()


def to_pack(after: int) -> tuple[Sequence[Order], int]:
    """A page of what is paid, is to be sent and is not packed, oldest first, of ids above `after`, with its lines; and
    the `after` of the next page, or 0.
    """
    query = select(Order).where(IS_TO_PACK, Order.id > after).order_by(Order.id).limit(PAGE + 1)
    found = db.session.scalars(query.options(selectinload(Order.lines))).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def find_order(number: str) -> Order:
    """Ends the request with 404 when there is none."""
    found = db.session.scalar(select(Order).where(Order.number == number)) if may_be_looked_up(number) else None
    return found or abort(404)


def sessions_of(order: Order) -> Sequence[PaymentSession]:
    """All payment sessions of an order, newest first."""
    query = select(PaymentSession).where(PaymentSession.order_id == order.id)
    return db.session.scalars(query.order_by(PaymentSession.created_at.desc())).all()
