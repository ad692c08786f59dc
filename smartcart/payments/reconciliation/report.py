"""The shop's books held against the gateway's."""

from sqlalchemy import ColumnElement, cast, func, select

from smartcart.database.session import db
from smartcart.database.types import MinorUnits
from smartcart.gateways.protocol import Charge
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls
from smartcart.rules.verdicts import Difference, Ours, Theirs, Verdict, compare

# Of a session: what it is being given back at this moment. Whole again: PostgreSQL's sum of 64-bit integers is none.
REQUESTED = (
    select(cast(func.sum(Refund.amount), MinorUnits))
    .where(Refund.session_id == PaymentSession.id, Refund.state == RefundState.REQUESTED)
    .correlate(PaymentSession)
    .scalar_subquery()
)


def audit() -> list[Difference]:
    """Every difference between the books. Raises GatewayError when the gateway's cannot be read."""
    # Ours first and last: a session that moved while the gateway's books were read is not judged by them.
    gateway_accounts.learn()
    before = ours()
    theirs = [theirs_of(charge) for charge in gateway_books() if charge.session]
    after = ours()
    moved = {session for session, payment in after.items() if before.get(session) != payment}
    here = compare(
        [payment for session, payment in after.items() if session not in moved],
        [charge for charge in theirs if charge.session not in moved],
    )
    return here + _elsewhere()


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
    known = ours()
    behind = [
        found.session for found in audit() if found.verdict is Verdict.CHARGED_NOT_PAID and found.session in known
    ]
    for session in behind:
        gateway_calls.ask(session, "audit")
    return len(behind)


def gateway_books() -> list[Charge]:
    """The gateway's books, oldest first. Raises GatewayError."""
    return list(runtime().gateway.charges())


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
