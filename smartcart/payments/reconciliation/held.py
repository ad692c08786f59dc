"""Sums that are set aside by one of the books alone.

What the shop believes to be set aside is asked about: what is not any more ends here, which `core.effects` notes. What
the gateway keeps for a payment that is over here waits for a person, who gives it free by a press.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select

from smartcart.database.session import db, writing
from smartcart.gateways.books import Charge
from smartcart.gateways.protocol import Handle
from smartcart.payments.core import findings, gateway_accounts
from smartcart.payments.core.finding_model import IS_OPEN, Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import OPEN, State
from smartcart.rules.verdicts import Verdict

HANDLE = (PaymentSession.id, PaymentSession.reference, PaymentSession.amount, PaymentSession.currency)
OVER, UNKNOWN_HERE = (
    "set aside there, and the payment is over here",
    "set aside for a payment that the shop does not have",
)
NO_MORE = "it is not set aside any more"


def follow(since: datetime, in_books: Collection[Charge]) -> None:
    """Ask about both; `in_books` is what the gateway's books have set aside, of those made since then."""
    for session in _held_here():
        gateway_calls.probe(session, findings.BOOKS)
    for handle in _over_here(since, in_books):
        _judge(handle, OVER)
    for handle in _unknown_here(in_books):
        _judge(handle, UNKNOWN_HERE)


def close(finding: Finding) -> OutcomeKind | None:
    """Have the gateway give free what a finding is about; what it says, or None where it does not within a moment."""
    said: list[OutcomeKind] = []
    handle = _handle_of(finding)
    desk.in_background(lambda: said.append(runtime().gateway.close(handle).kind))
    return said[0] if said else None


def _held_here() -> Collection[str]:
    """There are few, as each waits for a person."""
    query = select(PaymentSession.id).where(
        PaymentSession.state == State.AUTHORIZED,
        gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway),
    )
    db.session.rollback()
    return db.session.scalars(query).all()


def _over_here(since: datetime, in_books: Collection[Charge]) -> Collection[Handle]:
    """Payments that are over here, and that the gateway may still keep a sum for: it says so, has said so before, or
    was told to give it free since then."""
    named = {charge.session for charge in in_books} | {finding.session for finding in _open_ones()}
    released = (PaymentSession.ended_at > since) & PaymentSession.released_at.is_not(None)
    db.session.rollback()
    rows = db.session.execute(
        select(*HANDLE).where(
            PaymentSession.id.in_(named) | released,
            PaymentSession.state.not_in(OPEN),
            PaymentSession.reference.is_not(None),
            gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway),
        )
    )
    return [Handle(*row) for row in rows]


def _unknown_here(in_books: Collection[Charge]) -> Iterator[Handle]:
    """As after an older backup was put back."""
    suspects = {
        charge.session: Handle(charge.session, charge.reference, charge.amount, charge.currency) for charge in in_books
    } | {finding.session: _handle_of(finding) for finding in _open_ones()}
    known = set(db.session.scalars(select(PaymentSession.id).where(PaymentSession.id.in_(suspects))))
    db.session.rollback()
    return (handle for session, handle in suspects.items() if session not in known)


def _judge(handle: Handle, detail: str) -> None:
    """Note what is set aside, by the gateway's own word, and that what was noted is so no more."""
    outcome = runtime().gateway.ask(handle, attempt=0)
    if outcome.kind is OutcomeKind.AUTHORIZED:
        with writing():
            findings.add(
                Verdict.HELD_NOT_HERE, handle.session, handle.reference or "", handle.amount, handle.currency, detail
            )
    elif not outcome.is_silence and any(finding.session == handle.session for finding in _open_ones()):
        with writing():
            findings.settle_of(Verdict.HELD_NOT_HERE, handle.session, findings.BOOKS, NO_MORE)


def _open_ones() -> Collection[Finding]:
    return db.session.scalars(select(Finding).where(Finding.verdict == Verdict.HELD_NOT_HERE, IS_OPEN)).all()


def _handle_of(finding: Finding) -> Handle:
    return Handle(finding.session, finding.reference, finding.amount, finding.currency)
