"""The shop's books held against the gateway's."""

from sqlalchemy import select

from smartcart.db import db
from smartcart.gateways.protocol import Charge
from smartcart.payments import calls
from smartcart.payments.models import PaymentSession
from smartcart.payments.parts import parts
from smartcart.rules.verdicts import Difference, Ours, Theirs, Verdict, compare


def audit() -> list[Difference]:
    """Every difference between the books. Raises GatewayError when the gateway's cannot be read."""
    # Ours first and last: a session that moved while the gateway's books were read is not judged by them.
    before = _ours()
    theirs = [Theirs(charge.session, charge.amount, charge.currency, charge.refunded) for charge in gateway_books()]
    after = _ours()
    moved = {session for session, ours in after.items() if before.get(session) != ours}
    return compare(
        [ours for session, ours in after.items() if session not in moved],
        [charge for charge in theirs if charge.session not in moved],
    )


def catch_up() -> int:
    """Ask the gateway about every session that it has charged and that is not paid here, as after a restore.

    Answers how many there were. Of those that no attempt is on record for nothing can be settled; the audit names them.
    Raises GatewayError when the gateway's books cannot be read.
    """
    ours = _ours()
    behind = [found.session for found in audit() if found.verdict is Verdict.CHARGED_NOT_PAID and found.session in ours]
    for session in behind:
        calls.ask(session, "audit")
    return len(behind)


def gateway_books() -> list[Charge]:
    """The gateway's books, oldest first. Raises GatewayError."""
    return list(parts().gateway.charges())


def _ours() -> dict[str, Ours]:
    db.session.rollback()
    columns = select(PaymentSession.id, PaymentSession.state, PaymentSession.amount, PaymentSession.currency)
    rows = db.session.execute(columns.where(PaymentSession.gateway == parts().gateway.name))
    return {row.id: Ours(*row) for row in rows}
