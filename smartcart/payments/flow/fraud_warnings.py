"""Word of a card's issuer that a payment may be fraud: noted for a person for as long as something can be done.

A refund before the dispute may spare it. Stripe says when it would not any more ("actionable"): once the charge is
disputed or all of it was given back.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from smartcart.database.session import db, writing
from smartcart.gateways.books import FraudWarning
from smartcart.gateways.protocol import Handle
from smartcart.payments.core import findings, gateway_accounts
from smartcart.payments.core.finding_model import IS_OPEN, Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import Standing, has_reference
from smartcart.payments.core.runtime import runtime
from smartcart.rules.verdicts import Verdict

NO_LONGER = "a refund would spare nothing any more: it is disputed, or given back"


def check(since: datetime) -> None:
    """Take up those that were issued since then, and what became of those that wait for a person.

    Raises GatewayError when they cannot be read.
    """
    warned = {warning.reference for warning in runtime().gateway.fraud_warnings(since) if warning.is_actionable}
    for session_id in _sessions_of(warned) | _waiting():
        follow(session_id)


def follow(session_id: str) -> bool:
    """Take up what the gateway says now of a session; False when it could not be asked. Raises refusals.NotFound."""
    return gateway_accounts.follow_at_gateway(session_id, _ask)


def is_open(session_id: str) -> bool:
    """Whether there is a warning on record that something can still be done about."""
    return session_id in _waiting()


def _ask(known: Standing) -> None:
    warnings = runtime().gateway.fraud_warnings_of(known.handle)
    _take_up(known.handle, [warning for warning in warnings if warning.is_actionable])


def _take_up(handle: Handle, standing: Iterable[FraudWarning]) -> None:
    kinds = sorted({warning.kind.replace("_", " ") for warning in standing})
    with writing():
        if kinds:
            detail = f"the card's issuer reports fraud: {', '.join(kinds)}"
            reference = handle.reference or ""
            findings.add(Verdict.FRAUD_WARNING, handle.session, reference, handle.amount, handle.currency, detail)
        else:
            findings.settle_of(Verdict.FRAUD_WARNING, handle.session, findings.BOOKS, NO_LONGER)


def _sessions_of(references: set[str]) -> set[str]:
    ours = select(PaymentSession.id).where(
        has_reference(references - {""}),
        gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway),
    )
    db.session.rollback()
    return set(db.session.scalars(ours))


def _waiting() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(Finding.session).where(IS_OPEN, Finding.verdict == Verdict.FRAUD_WARNING)))
