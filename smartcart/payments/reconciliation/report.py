"""The shop's books held against the gateway's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter

from sqlalchemy import ColumnElement, String, cast, collate, func, select, type_coerce

from smartcart.database.session import db, is_sqlite
from smartcart.database.types import MinorUnits
from smartcart.gateways.books import Charge
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import Event, PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls
from smartcart.payments.reconciliation.held import OVER, UNKNOWN_HERE
from smartcart.rules.payment_states import OPEN
from smartcart.rules.verdicts import Difference, Ours, Standing, Theirs, Verdict, compare, in_question

# Each page is read once, so few need be kept: as many as SQLite keeps by itself, in KiB.
LITTLE_CACHE = "PRAGMA cache_size=-2000"
# So many sessions are looked at more closely at once, and so many rows are fetched.
BATCH, AT_ONCE = 500, 2_000

# Of a session: what it is being given back at this moment. Whole again: PostgreSQL's sum of 64-bit integers is none.
REQUESTED = (
    select(cast(func.sum(Refund.amount), MinorUnits))
    .where(Refund.session_id == PaymentSession.id, Refund.state == RefundState.REQUESTED)
    .correlate(PaymentSession)
    .scalar_subquery()
)


@dataclass
class Audit:
    """Every difference between the books, and how much was compared: sessions of the shop's, charges of the gateway's,
    and those charges of which something was given back."""

    differences: list[Difference] = field(default_factory=list)
    sessions: int = 0
    charges: int = 0
    refunds: int = 0


def audit(told: Callable[[int], None] = lambda compared: None) -> Audit:
    """Raises GatewayError when the gateway's books cannot be read.

    Both are read side by side, by session, so that it takes no more memory for a million. `told` hears now and then how
    many payments were compared.
    """
    gateway_accounts.learn()
    begun_after = _last_event()
    done = Audit()
    set_aside: list[Charge] = []
    questions = in_question(_standings(done, told), _taken(done, runtime().gateway.charges(), set_aside))
    while some := list(islice(questions, BATCH)):
        done.differences += _differences(dict(some), begun_after)
    done.differences += _held_there(set_aside, begun_after) + _elsewhere()
    return done


def _taken(done: Audit, charges: Iterable[Charge], set_aside: list[Charge]) -> Iterator[Charge]:
    """The charges of sessions for which money was taken; those whose sum is only set aside go into `set_aside`."""
    for charge in charges:
        if charge.session and charge.is_taken:
            done.charges += 1
            done.refunds += charge.refunded > 0
            yield charge
        elif charge.session:
            set_aside.append(charge)


def _last_event() -> int:
    """The number of the newest line of the audit trail; each move of a session adds one.

    Its transaction is over before the gateway's books are read: that may take minutes, and PostgreSQL closes a
    connection whose transaction does nothing for half a minute.
    """
    db.session.rollback()
    last = db.session.scalar(select(func.max(Event.id))) or 0
    db.session.rollback()
    return last


def _standings(done: Audit, told: Callable[[int], None]) -> Iterator[Standing]:
    """The sessions paid by the shop's gateway, by session: in the order of bytes, whatever the database's own is."""
    session = PaymentSession
    state = type_coerce(session.state, String)  # as it is stored: a million times the name of an enum costs a second
    query = select(session.id, state, session.amount, session.currency, session.refunded).where(
        gateway_accounts.of_here(session.account, session.gateway)
    )
    # Sorted anew: in the order of its index the table is read here and there, which takes twice as long.
    by_bytes = collate(session.id.concat(""), "BINARY" if is_sqlite() else "C")
    # On a connection of its own, for what is in question is looked up meanwhile.
    with db.engine.connect().execution_options(yield_per=AT_ONCE) as reading:
        reading.detach()
        if is_sqlite():
            reading.exec_driver_sql(LITTLE_CACHE)
        for some in reading.execute(query.order_by(by_bytes)).partitions():
            done.sessions += len(some)
            told(done.sessions)
            yield from map(Standing._make, some)


def _differences(questions: Mapping[str, Sequence[Charge]], begun_after: int) -> list[Difference]:
    """Of some sessions, by their charges. One that has moved while the gateway's books were read is not judged by
    them."""
    now = ours(PaymentSession.id.in_(questions))
    moved = _moved(questions, begun_after)
    return compare(
        [payment for session, payment in now.items() if session not in moved],
        [theirs_of(charge) for session, charges in questions.items() if session not in moved for charge in charges],
    )


def _held_there(set_aside: Sequence[Charge], begun_after: int) -> list[Difference]:
    """What is set aside there for payments that are over here, or not on record. Each waited for a person, so they are
    few."""
    sessions = [charge.session for charge in set_aside]
    now, moved = ours(PaymentSession.id.in_(sessions)), _moved(sessions, begun_after)
    return [
        Difference(
            Verdict.HELD_NOT_HERE,
            charge.session,
            f"{charge.amount} {charge.currency} {OVER if charge.session in now else UNKNOWN_HERE}",
            charge.reference,
            charge.amount,
            charge.currency,
        )
        for charge in set_aside
        if charge.session not in moved and (charge.session not in now or now[charge.session].state not in OPEN)
    ]


def _moved(sessions: Iterable[str], begun_after: int) -> set[str]:
    """Those of them that have moved since that line of the audit trail."""
    moves = select(Event.session_id).where(Event.session_id.in_(list(sessions)), Event.id > begun_after)
    moved = set(db.session.scalars(moves))
    db.session.rollback()
    return moved


def _elsewhere() -> list[Difference]:
    """The open sessions that these books say nothing of, as they belong to others."""
    found = [
        Difference(
            Verdict.BEGUN_ELSEWHERE,
            session.id,
            f"{session.state}, and begun with {session.account or session.gateway}, which the shop works without now",
            session.reference or "",
            session.amount,
            session.currency,
        )
        for session in gateway_accounts.tried_elsewhere()
    ]
    db.session.rollback()
    return found


def catch_up() -> int:
    """Ask the gateway about every session that it has charged and that is not paid here, as after a restore.

    Returns how many there were. Of those that no attempt is on record for nothing can be settled; the audit names them.
    Raises GatewayError when the gateway's books cannot be read.
    """
    charged = iter([found.session for found in audit().differences if found.verdict is Verdict.CHARGED_NOT_PAID])
    asked = 0
    while some := list(islice(charged, BATCH)):
        for session in ours(PaymentSession.id.in_(some)):
            gateway_calls.ask(session, "audit")
            asked += 1
    return asked


def gateway_books() -> list[Charge]:
    """The gateway's books, oldest first. Raises GatewayError."""
    return sorted(runtime().gateway.charges(), key=attrgetter("charged_at", "reference"))


def theirs_of(charge: Charge) -> Theirs:
    return Theirs(
        charge.session, charge.amount, charge.currency, charge.refunded, charge.reference, charge.disputed, charge.order
    )


def ours(*which: ColumnElement[bool]) -> dict[str, Ours]:
    """What the shop's books say of the sessions paid by its gateway, by session; of `which` of them if given."""
    db.session.rollback()
    columns = select(
        PaymentSession.id,
        PaymentSession.state,
        PaymentSession.amount,
        PaymentSession.currency,
        PaymentSession.refunded,
        func.coalesce(REQUESTED, 0),
        PaymentSession.reference,
    )
    here = gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway)
    rows = db.session.execute(columns.where(here, *which)).all()
    db.session.rollback()
    return {row.id: Ours(*row) for row in rows}
