"""Payments because of which another order may be a slip, as it would pay for the same things twice.

Those are a payment whose money may have been taken, or is set aside, for any of these things; and one of the last day
that was paid for just these, and as many of each.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from smartcart import clock
from smartcart.database.statements import Prepared
from smartcart.payments.core.models import IS_AT_REST, MAY_BE_TAKEN, PaymentSession
from smartcart.payments.core.own_payments import WAY_BACK, OwnPayment, made, of_shopper
from smartcart.rules.payment_states import State
from smartcart.shop.models import CartLine, Order, OrderLine

# What is in the dark, or set aside, is known or set free within a week.
LONGEST_OPEN = timedelta(days=7)

IS_PAID_FOR_GOOD = and_(PaymentSession.state == State.COMPLETED, PaymentSession.refund_due.is_(False))
IS_LATE_ENOUGH = PaymentSession.ended_at > bindparam("since")
ORDERED = OrderLine.order_id == PaymentSession.order_id
WANTED = aliased(OrderLine)
Things = type[CartLine] | type[OrderLine]


def _lines(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*where).correlate(PaymentSession).scalar_subquery()


def _are_the_same(wanted: Things, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of sessions: whether just what is wanted, and as many of each, was ordered."""
    alike = _lines(ORDERED, which, OrderLine.product_id == wanted.product_id, OrderLine.quantity == wanted.quantity)
    return and_(alike == _lines(ORDERED), alike == _lines(which))


def _has_some_of(wanted: Things, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ORDERED, which, OrderLine.product_id == wanted.product_id).correlate(PaymentSession)


def _makes_a_slip(wanted: Things, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of sessions: whether to pay for what is wanted, too, may be a slip."""
    return or_(
        and_(MAY_BE_TAKEN, _has_some_of(wanted, which)),
        and_(IS_PAID_FOR_GOOD, IS_LATE_ENOUGH, _are_the_same(wanted, which)),
    )


IN_CART = CartLine.shopper == bindparam("shopper")
# For a cart that is looked at, or ordered; the index by owner answers it.
BEFORE_CART = Prepared(of_shopper().where(_makes_a_slip(CartLine, IN_CART)))

# The shopper's order that is about to be paid, unless a second one is what they have said they want.
TO_BE_PAID = (
    select(Order.id)
    .join(PaymentSession, PaymentSession.order_id == Order.id)
    .where(PaymentSession.id == bindparam("session_id"), PaymentSession.owner == bindparam("shopper"), IS_AT_REST)
    .where(Order.second_meant_at.is_(None))
    .correlate(None)
    .scalar_subquery()
)
IS_ANOTHER_ORDER = PaymentSession.order_id != TO_BE_PAID
BESIDE_SESSION = Prepared(of_shopper().where(IS_ANOTHER_ORDER, _makes_a_slip(WANTED, WANTED.order_id == TO_BE_PAID)))

# By the address as it was typed. So many are looked at, which the index by address finds, whoever typed it how often.
MOST_OF_ADDRESS = 20
OF_ADDRESS = (
    select(Order.id)
    .where(
        func.lower(Order.email) == func.lower(bindparam("email")),
        Order.placed_at > bindparam("placed_since"),
    )
    .order_by(Order.placed_at.desc())
    .limit(MOST_OF_ADDRESS)
    .subquery()
)
# For the very same cart alone.
BY_ADDRESS = Prepared(
    select(PaymentSession.id)
    .join(OF_ADDRESS, OF_ADDRESS.c.id == PaymentSession.order_id)
    .where(
        PaymentSession.owner != bindparam("shopper"),
        or_(MAY_BE_TAKEN, and_(IS_PAID_FOR_GOOD, IS_LATE_ENOUGH)),
        _are_the_same(CartLine, IN_CART),
    )
    .order_by(PaymentSession.created_at.desc())
    .limit(1)
)


def before_cart(shopper: str) -> Sequence[OwnPayment]:
    """The shopper's payments because of which ordering what is in their cart may be a slip, the latest first."""
    return made(BEFORE_CART.rows(shopper=shopper, since=clock.now() - WAY_BACK))


def beside_session(session_id: str, shopper: str) -> Sequence[OwnPayment]:
    """The shopper's payments because of which paying this session of theirs may be a slip, the latest first.

    None where it is not at rest, or a second order is what they have said they want.
    """
    return made(BESIDE_SESSION.rows(session_id=session_id, shopper=shopper, since=clock.now() - WAY_BACK))


def of_another_device(shopper: str, email: str) -> str:
    """The id of a session for just what is in the shopper's cart, of another who gave this address; or nothing."""
    now = clock.now()
    since = {"since": now - WAY_BACK, "placed_since": now - LONGEST_OPEN}
    found = BY_ADDRESS.rows(shopper=shopper, email=email, **since)
    return found[0][0] if found else ""
