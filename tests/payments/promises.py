"""What must hold at every moment, and what must hold in the end, checked against both books."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core.models import Attempt, Event, EventKind, PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.reconciliation.report import audit
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.patience import MOST_NUMBERS
from smartcart.rules.payment_states import ENDED_UNPAID, GRAPH, IN_FLIGHT, OPEN, Money, Move, State
from smartcart.shop.models import Order, OrderStatus, Product
from tests.payments.bad_network import BadNetwork


@dataclass(frozen=True)
class AtGateway:
    """What the sandbox's books say of a session. `may_charge`: something written there can still become a charge."""

    is_closed: bool
    charges: int
    refunded: int
    amount: int
    may_charge: bool


NEVER_OPENED = AtGateway(is_closed=True, charges=0, refunded=0, amount=0, may_charge=False)

BOOKS = """
select session, closed_at is not null, count(charge.reference), coalesce(sum(refunded), 0), amount,
  closed_at is null and exists (
    select 1 from request where request.reference = reference.reference and effect in ('charge', 'challenge'))
from reference left join charge using (reference) group by reference
"""


def hold_always(network: BadNetwork, stock: int, max_attempts: int) -> None:
    """Check everything that must hold at every moment; `stock` is how many pieces there were at first, `max_attempts`
    how many attempts each session had."""
    db.session.rollback()
    assert network.complaints == []
    gateway = _gateway_books(network)
    sessions = db.session.scalars(select(PaymentSession)).all()
    for session in sessions:
        theirs = gateway.get(session.id, NEVER_OPENED)
        _charged_once_at_most(session, theirs)
        _the_shopper_is_told_the_truth(session, theirs, session.id in network.misled)
        _somebody_will_come_back(session)
        _attempts_are_counted(session, max_attempts)
        _the_trail_is_a_path(session)
    _orders_are_paid_once(sessions)
    _no_stock_leaks(stock)
    db.session.rollback()


def hold_in_the_end(network: BadNetwork) -> None:
    """Check what must hold once every session has ended and all there was to do is done."""
    db.session.rollback()
    gateway = _gateway_books(network)
    for session in db.session.scalars(select(PaymentSession)):
        theirs = gateway.get(session.id, NEVER_OPENED)
        assert session.state not in OPEN, f"{session.state} in the end"
        assert not session.returning, "money was to be given back, and was not"
        assert theirs.refunded == session.refunded
        assert (session.state is State.COMPLETED) == (theirs.charges == 1 and theirs.refunded < theirs.amount)
        assert (session.state is State.REFUNDED) == (theirs.charges == 1 and theirs.refunded == theirs.amount)
    assert not db.session.scalars(select(Order).where(Order.status == OrderStatus.OPEN)).all()
    db.session.rollback()
    assert audit().differences == []


def _gateway_books(network: BadNetwork) -> dict[str, AtGateway]:
    list(network.charges())  # whoever looks finds done what has come due
    with closing(sqlite3.connect(network.sandbox.ledger.path)) as books:
        return {row[0]: AtGateway(*row[1:]) for row in books.execute(BOOKS)}


def _charged_once_at_most(session: PaymentSession, theirs: AtGateway) -> None:
    assert theirs.charges <= 1
    if theirs.charges:
        assert theirs.amount == session.amount
        assert session.refunded <= theirs.refunded <= session.amount


def _the_shopper_is_told_the_truth(session: PaymentSession, theirs: AtGateway, misled: bool) -> None:
    """`misled`: an answer of the gateway was not true, or not for long; only then may the shop be wrong for a while."""
    if session.money is Money.TAKEN:
        assert theirs.charges == 1
        under_way = [refund.amount for refund in _under_way(session)]
        assert theirs.refunded <= session.refunded + sum(under_way)
    if session.money is Money.RETURNED:
        assert theirs.refunded == session.amount
    if session.money is Money.NOT_TAKEN and not misled:
        assert theirs.charges == 0, f"{session.state}, and charged"
        assert not theirs.may_charge, f"{session.state}, and may still be charged"
    if session.state in ENDED_UNPAID and not misled:
        assert theirs.is_closed, f"{session.state}, and still open at the gateway"


def _somebody_will_come_back(session: PaymentSession) -> None:
    """A state that waits for something has a time at which it is looked after."""
    if session.state in IN_FLIGHT or session.cancelling:
        assert session.due_at is not None, f"{session.state}, and nobody comes back for it"
    assert all(refund.due_at for refund in _under_way(session)), "nobody asks what became of a refund"
    assert not session.returning or _under_way(session)


def _under_way(session: PaymentSession) -> list[Refund]:
    return [refund for refund in transitions.of_session(session.id) if refund.state is RefundState.REQUESTED]


def _attempts_are_counted(session: PaymentSession, max_attempts: int) -> None:
    """`max_attempts` is how many there were at first: those that never reached the gateway give their number back."""
    attempts = db.session.scalars(
        select(Attempt).where(Attempt.session_id == session.id).order_by(Attempt.number)
    ).all()
    assert [attempt.number for attempt in attempts] == list(range(1, session.attempts + 1))
    assert session.attempts <= session.max_attempts
    assert session.unsent <= sum(map(_may_not_count, attempts))
    assert session.max_attempts == max_attempts + min(session.unsent, MOST_NUMBERS - max_attempts)
    assert session.max_attempts <= MOST_NUMBERS
    if session.state is State.FAILED:
        assert session.attempts - session.unsent >= max_attempts, "failed by attempts that never reached the gateway"
    assert all(attempt.outcome is not None for attempt in attempts[:-1])
    if attempts:
        assert (attempts[-1].outcome is None) == (session.state in IN_FLIGHT)


def _may_not_count(attempt: Attempt) -> bool:
    return attempt.outcome is OutcomeKind.UNREACHABLE or attempt.never_left


def _the_trail_is_a_path(session: PaymentSession) -> None:
    opened, *events = db.session.scalars(select(Event).where(Event.session_id == session.id).order_by(Event.id)).all()
    assert (opened.kind, opened.after) == (EventKind.OPENED, State.CREATED)
    state = State.CREATED
    for event in events:
        if event.kind is EventKind.MOVED:
            assert event.before is state
            assert event.after is GRAPH[state][Move(event.move)]
            state = event.after
    assert state is session.state


def _orders_are_paid_once(sessions: Sequence[PaymentSession]) -> None:
    paid = Counter(
        (session.merchant, session.order_reference)
        for session in sessions
        if session.state is State.COMPLETED and not session.refund_due
    )
    assert all(count == 1 for count in paid.values())
    waiting = {session.order_id for session in sessions if session.state in OPEN}
    for order in db.session.scalars(select(Order)):
        assert (order.status is OrderStatus.PAID) == (("", order.number) in paid)
        assert order.status is not OrderStatus.OPEN or order.id in waiting, "an order waits, and nobody can pay it"
        assert order.status is not OrderStatus.UNPAID or order.id not in waiting


def _no_stock_leaks(stock: int) -> None:
    [product] = db.session.scalars(select(Product))
    kept = [
        line.quantity
        for order in db.session.scalars(select(Order).where(Order.status != OrderStatus.UNPAID))
        for line in order.lines
    ]
    assert product.stock >= 0
    assert product.stock + sum(kept) == stock
