"""Opening a payment session, for an order of the shop or for a merchant's own."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import bindparam, select

from smartcart.database.queues import queue_before_next
from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.money.format import format_money
from smartcart.payments.core import keyed_effects, own_payments, record, second_orders
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.core.refusals import AlreadyPaid, Closed, SoldOut, SumRefused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.session_facts import ShownFacts
from smartcart.payments.core.terms import Terms
from smartcart.rules.money import Amount
from smartcart.rules.payment_states import OPEN, PAID, State
from smartcart.shop import agreements, cart, consents, orders, reorder, stock
from smartcart.shop.models import Order, OrderStatus

OF_ORDER = Prepared(
    select(PaymentSession.id, PaymentSession.state, PaymentSession.refund_due).where(
        PaymentSession.merchant == bindparam("of_merchant"), PaymentSession.order_reference == bindparam("of_order")
    )
)


# A session's id; and the session as it is on record, if it was opened just now.
Opened = tuple[str, ShownFacts | None]


class SecondOrder(Exception):
    """The same things are ordered already, and a second order was not agreed to."""


class OrderedBefore(SecondOrder):
    """The same things are paid already, or may be, by an order of before, and a second was not agreed to."""

    def __init__(self, payments: Sequence[OwnPayment]) -> None:
        self.payments = payments
        super().__init__(", ".join(payment.order_reference for payment in payments))


class OrderedElsewhere(SecondOrder):
    """Just these things are paid already, or may be, by an order of somebody else with this address, on another device
    perhaps; and a second was not agreed to."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        super().__init__(session_id)


class SumChanged(Exception):
    """What is in the cart comes to something else than what was shown and agreed to."""


class OrderedSince(Exception):
    """The same things may have been ordered once more meanwhile, and a second order was not agreed to."""


class Earlier(NamedTuple):
    """A session that an order has had."""

    id: str
    state: State
    refund_due: bool


class Agreed(NamedTuple):
    """What a shopper agrees to at checkout: to be ordering a second time, `beside` sessions for the same things, or
    ELSEWHERE; to the `sum` that was shown (as `Cart.sum` says it), if it is known; to a `reminder` should they never
    try to pay; to what it costs to have it sent `to` where they said; to the
    `editions` of the shop's pages that the line names, as `agreements.Line.shown` says them.
    """

    beside: Collection[str] = ()
    sum: str = ""
    reminder: bool = False
    to: orders.Destination | None = None
    editions: str = ""


class AgreedAgain(NamedTuple):
    """What is agreed to by ordering again: the `sum` that was shown (as `Cart.sum` says it), that it is a `second`
    order of these things if there is one, and the `editions`, as above.
    """

    sum: str
    second: bool
    editions: str


NOTHING = Agreed()
# Beside what a device that does not know of it is not told: by this word.
ELSEWHERE = "elsewhere"


def place_and_open(shopper: str, name: str, email: str, base_url: str, agreed: Agreed = NOTHING) -> str:
    """Turn the cart into an order with its stock held, and open its session: both, or neither.

    Returns the session's id. Raises orders.EmptyCart, SumChanged, orders.CartChanged, OrderedBefore,
    OrderedElsewhere, stock.OutOfStock, SumRefused or agreements.EditionsChanged.
    """
    with writing():
        wanted = cart.queue_for_cart_of(shopper)
        if wanted.lines and agreed.sum not in ("", wanted.sum):
            raise SumChanged
        before = second_orders.before_cart(shopper)
        _refuse_second(before, agreed.beside)
        if ELSEWHERE not in agreed.beside:
            _refuse_second_elsewhere(shopper, email)
        order = orders.place(wanted, shopper, name, email, agreed.to)
        if before or ELSEWHERE in agreed.beside:
            orders.mean_second(order.id)
        _refuse_sum(Amount(order.amount, order.currency))
        agreements.keep(order.id, agreed.editions)
        if agreed.reminder:
            consents.give(order.id)
        return record.add_session(_terms(order, base_url), "shopper").id


def order_again(session_id: str, base_url: str, actor: str, agreed: AgreedAgain) -> str:
    """Order the things of a session that ended unpaid anew, at today's prices, for who ordered them: once.

    Returns the new session's id, or that of the one before, if it was done before. Raises AlreadyPaid, Closed,
    orders.EmptyCart, SumChanged, OrderedSince, orders.CartChanged, stock.OutOfStock, SumRefused or
    agreements.EditionsChanged.
    """
    try:
        with keyed_effects.hang_on(_again(session_id)), writing():
            return _order_again(session_id, base_url, actor, agreed)
    except keyed_effects.DoneBefore as before:
        return before.session_id


def ordered_again(session_id: str) -> str:
    """The id of the session that was opened by ordering the things of this one again; empty if there is none."""
    effect = _again(session_id).effect()
    return effect.session_id if effect else ""


def _again(session_id: str) -> keyed_effects.Keyed:
    return keyed_effects.Keyed("order again", session_id, "")


def _order_again(session_id: str, base_url: str, actor: str, agreed: AgreedAgain) -> str:
    before = db.session.get_one(PaymentSession, session_id)
    order = db.session.get_one(Order, before.order_id, with_for_update=True, populate_existing=True)
    if done := ordered_again(session_id):
        raise keyed_effects.DoneBefore(done)
    _refuse_ended(order)
    if still_open := [session.id for session in _earlier_sessions("", order.number) if session.state in OPEN]:
        return still_open[0]  # a program has opened the order itself anew
    cart.queue_for_cart_of(order.shopper)
    offer = reorder.offer(order)
    wanted = offer.cart
    if agreed.sum != wanted.sum:
        raise SumChanged
    if own_payments.may_be_ordered_since(before) and not agreed.second:
        raise OrderedSince
    placed = orders.place(replace(wanted, shipping=0), order.shopper, order.name, order.email, offer.to)
    if agreed.second:
        orders.mean_second(placed.id)
    agreements.keep(placed.id, agreed.editions)
    _refuse_sum(Amount(placed.amount, placed.currency))
    return record.add_session(_terms(placed, base_url), actor).id


def open_for_order(order_id: int, base_url: str, actor: str) -> Opened:
    """The order's open session, opened now if it has none.

    Raises AlreadyPaid, Closed, SoldOut or SumRefused.
    """
    with writing():
        order = db.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
        _refuse_ended(order)
        if still_open := [session.id for session in _earlier_sessions("", order.number) if session.state in OPEN]:
            keyed_effects.is_first(still_open[0])
            return still_open[0], None
        _refuse_sum(Amount(order.amount, order.currency))
        try:
            orders.reopen(order)
        except stock.OutOfStock:
            raise SoldOut from None
        return _opened(_terms(order, base_url), actor)


def open_for_merchant(terms: Terms, actor: str) -> Opened:
    """The open session of a merchant's order, opened now if it has none.

    Raises AlreadyPaid or SumRefused.
    """
    with writing():
        queue_before_next("order of a merchant", terms.merchant, terms.order_reference)
        earlier = _earlier_sessions(terms.merchant, terms.order_reference)
        if any(session.state in PAID and not session.refund_due for session in earlier):
            raise AlreadyPaid
        if still_open := [session.id for session in earlier if session.state in OPEN]:
            keyed_effects.is_first(still_open[0])
            return still_open[0], None
        _refuse_sum(terms.amount)
        return _opened(terms, actor)


def _opened(terms: Terms, actor: str) -> Opened:
    session = record.add_session(terms, actor)
    return session.id, session


def _refuse_sum(amount: Amount) -> None:
    """What could never be charged is not ordered. Raises SumRefused."""
    refusal = runtime().gateway.refuses(amount.minor, amount.currency)
    if refusal is not None:
        raise SumRefused(refusal.problem, format_money(refusal.limit, amount.currency))


def _terms(order: Order | orders.Placed, base_url: str) -> Terms:
    settings = runtime().settings
    return Terms(
        owner=order.shopper,
        order_reference=order.number,
        amount=Amount(order.amount, order.currency),
        gateway=runtime().gateway.name,
        max_attempts=settings.max_attempts,
        lifetime=settings.session_lifetime,
        base_url=base_url,
        order_id=order.id,
        description=f"Order {order.number}",
    )


def _earlier_sessions(merchant: str, order_reference: str) -> list[Earlier]:
    """All sessions that an order has had: one open at most, and the last few that ended unpaid."""
    return [Earlier(*row) for row in OF_ORDER.rows(of_merchant=merchant, of_order=order_reference)]


def _refuse_second(before: Sequence[OwnPayment], agreed: Collection[str]) -> None:
    if any(payment.id not in agreed for payment in before):
        raise OrderedBefore(before)


def _refuse_second_elsewhere(shopper: str, email: str) -> None:
    if session_id := second_orders.of_another_device(shopper, email):
        raise OrderedElsewhere(session_id)


def _refuse_ended(order: Order) -> None:
    if order.status is OrderStatus.PAID:
        raise AlreadyPaid
    if order.status is OrderStatus.REFUNDED:
        raise Closed
