"""What the gateway's books say of a session's refunds and disputes, taken up into ours, whoever began them.

Also where it goes back on what was so before: a refund that was made fails, a dispute that was lost is won after all.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.books import UNTOLD, Balance, RefundAnswer, RefundInBooks, Trace
from smartcart.moments import format_moment
from smartcart.money.format import format_money
from smartcart.payments.core import audit_trail, findings, record
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refund_model import Refund, RefundOrigin, RefundState, refund_of
from smartcart.payments.core.runtime import runtime
from smartcart.payments.refunds import disputes, letters, transitions
from smartcart.rules import patience
from smartcart.rules.payment_states import PAID
from smartcart.rules.verdicts import Verdict

GATEWAY = "gateway"
LOST = "a dispute was lost"
WON_AFTER_ALL = "the dispute was won after all"
# Stripe's word (https://docs.stripe.com/api/refunds/object#refund_object-pending_reason) for a refund that waits until
# the shop's balance there is enough.
NO_BALANCE = "insufficient_funds"
# So long it may take until a refund fails: https://docs.stripe.com/refunds#failed-refunds.
GIVEN_UP_AFTER = timedelta(days=30)


def take_up(session_id: str, balance: Balance) -> None:
    """Write down what the gateway's books say of a session's refunds and disputes now, whoever began them."""
    with lock(session_id) as session:
        if session.state not in PAID:
            return
        _take_up_dispute(session, balance)
        _take_up_refunds(session, balance.refunds)
        _take_up_losses(session, balance)
        transitions.sum_up(session)


def take_up_alone(reference: str, refunded: int) -> None:
    """The same for a charge that no session of ours stands for: `refunded` (minor units) is what the books say of it.

    If that is less than what was given back from here, it has come back, and a person has to look again.
    """
    made = select(Refund).where(Refund.reference == reference, Refund.state == RefundState.MADE)
    newest_first = made.order_by(Refund.requested_at.desc())
    db.session.rollback()
    if sum(refund.amount for refund in db.session.scalars(newest_first)) <= refunded:
        return
    with writing():
        made_newest_first = db.session.scalars(newest_first.with_for_update()).all()
        beyond = sum(refund.amount for refund in made_newest_first) - refunded
        for refund in made_newest_first:
            if refund.amount <= beyond:
                beyond -= refund.amount
                transitions.decide(refund, None, RefundAnswer.REFUSED, GATEWAY)


def _take_up_dispute(session: LockedSession, balance: Balance) -> None:
    disputes.write_down(session, balance)
    if balance.disputed:
        detail = disputes.in_words(balance, session.currency, runtime().settings.time_zone)
        if session.disputed_at is None:
            session.disputed_at = clock.now()
            audit_trail.add(session.id, EventKind.DISPUTED, GATEWAY, detail)
        findings.note(Verdict.DISPUTED, session, detail)  # opened again when an inquiry has become more
    elif session.disputed_at and not balance.lost:
        session.disputed_at = None
        audit_trail.add(session.id, EventKind.DISPUTED, GATEWAY, disputes.in_the_end(balance))
        findings.settle_of(Verdict.DISPUTE_LOST, session.id, findings.BOOKS, WON_AFTER_ALL)


def _take_up_refunds(session: LockedSession, lines: Sequence[RefundInBooks]) -> None:
    """Refunds of ours by the key that they were asked for with, others by their names."""
    known = {refund.id: refund for refund in transitions.of_session(session.id)}
    names = {line.name for line in lines}
    # What was taken up before refunds had names of the gateway's stands for as much of what it lists.
    unnamed = sum(each.amount for each in known.values() if _is_unnamed(each) and each.id not in names)
    for line in lines:
        refund = known.get(line.key) or known.get(line.name)
        if refund is None and line.answer in (RefundAnswer.MADE, RefundAnswer.PENDING):
            if unnamed >= line.amount:
                unnamed -= line.amount
                continue
            refund = _add_from_books(session, line)
        if refund is not None:
            _take_up_line(refund, session, line)


def _is_unnamed(refund: Refund) -> bool:
    return refund.origin is RefundOrigin.GATEWAY and refund.state is RefundState.MADE


def _take_up_line(refund: Refund, session: LockedSession, line: RefundInBooks) -> None:
    if line.trace != UNTOLD:
        _take_up_trace(refund, line.trace)
    decided = transitions.decide(refund, session, line.answer, GATEWAY)
    if not decided and refund.state is RefundState.REQUESTED and line.answer is RefundAnswer.PENDING:
        _wait(refund, session, line.pending_reason)


def _take_up_trace(refund: Refund, trace: Trace) -> None:
    refund.trace_number, refund.trace_kind = trace.number[:255], trace.kind[:40]
    refund.trace_expected, refund.is_reversal = trace.is_expected, trace.is_reversal


def _wait(refund: Refund, session: LockedSession, reason: str) -> None:
    """The gateway has it, and it takes its time: that is an answer. It is asked again when that may have changed."""
    transitions.accept(refund)
    refund.looks, refund.due_at = 0, clock.now() + timedelta(seconds=patience.LOOK_PENDING)
    if reason == refund.pending_reason:
        return
    refund.pending_reason = reason
    if reason == NO_BALANCE:
        session.needs_person_at = clock.now()
        latest = format_moment(refund.requested_at + GIVEN_UP_AFTER, runtime().settings.time_zone)
        audit_trail.add(session.id, EventKind.NEEDS_PERSON, GATEWAY, f"top up your balance before {latest}")


def _add_from_books(session: LockedSession, line: RefundInBooks) -> Refund:
    """What somebody gives back at the gateway, without us."""
    amount = min(line.amount, session.amount)
    refund = refund_of(session, amount, "given back at the gateway", GATEWAY, clock.now(), line.name)
    refund.origin = RefundOrigin.GATEWAY
    db.session.add(refund)
    db.session.flush()
    letters.requested(session, refund)
    detail = f"{format_money(amount, session.currency)}, {refund.reason}"
    findings.note(Verdict.REFUNDED_ELSEWHERE, session, detail, reference=refund.id)
    return refund


def _take_up_losses(session: LockedSession, balance: Balance) -> None:
    """What the shopper's bank has got back by a dispute; it may be won after all. While that is asked for once more, as
    by an appeal, it is with the bank still."""
    losses = [each for each in transitions.of_session(session.id) if each.origin is RefundOrigin.DISPUTE]
    known = sum(each.amount for each in losses if each.state is RefundState.MADE)
    beyond = balance.lost - known
    amount = min(beyond, session.amount - session.refunded)
    if amount > 0:
        _lose(session, amount)
    elif beyond > 0:
        detail = f"{format_money(beyond, session.currency)} that was given back before, and so went out twice"
        findings.note(Verdict.DISPUTE_LOST, session, detail)
    elif balance.lost + balance.disputed < known:
        for loss in losses:
            _win_back(session, loss)


def _lose(session: LockedSession, amount: int) -> None:
    session.disputed_at = session.disputed_at or clock.now()
    refund = refund_of(session, amount, LOST, GATEWAY, due_at=clock.now())
    refund.origin = RefundOrigin.DISPUTE
    refund.state, refund.settled_at, refund.due_at = RefundState.MADE, clock.now(), None
    refund.accepted_at = refund.made_at = clock.now()
    db.session.add(refund)
    detail = f"{format_money(amount, session.currency)}, {refund.reason}"
    findings.note(Verdict.DISPUTE_LOST, session, detail, reference=refund.id)
    transitions.log_refund(session, refund, "was made", refund.reason)
    record.note_refund(session, amount, GATEWAY, LOST)


def _win_back(session: LockedSession, loss: Refund) -> None:
    if loss.state is RefundState.MADE:
        loss.state, loss.settled_at = RefundState.REFUSED, clock.now()
        record.take_back(session, min(loss.amount, session.refunded), GATEWAY, WON_AFTER_ALL)
