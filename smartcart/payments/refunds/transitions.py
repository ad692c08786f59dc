"""The only writer of refunds: written down before the gateway is asked, settled by what it says, in any order.

Never more goes back than was taken: a refund is written while its session is held, and what was asked for and is not
known yet counts as given back.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.books import RefundAnswer
from smartcart.gateways.protocol import Handle
from smartcart.money.format import format_money
from smartcart.payments.core import (
    audit_trail,
    findings,
    gateway_accounts,
    keyed_effects,
    merchant_events,
    queries,
    record,
)
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundOrigin, RefundState, refund_of
from smartcart.payments.core.refusals import NothingToReturn, OtherGateway, TooMuchToReturn
from smartcart.payments.core.runtime import runtime
from smartcart.payments.refunds import letters
from smartcart.rules import patience
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict

GATEWAY = "gateway"
# What is told of a wish to cancel that came too late.
WANTED_BACK = "the money had been taken before, and is wanted back"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefundToMake:
    """A refund on record, ready to leave the house; one that is not ours is only asked about."""

    handle: Handle
    amount: int
    key: str
    is_ours: bool
    gateway: str
    account: str


def request(session_id: str, amount: int | None, reason: str, actor: str, refund_id: str) -> None:
    """Write down that money is to go back: so much (minor units), or all that is left. Raises Refused.

    `refund_id` makes one refund of two presses on the same button.
    """
    _refuse_other_gateway(queries.find(session_id))
    with lock(session_id) as session:
        keyed_effects.is_first(session_id)
        if db.session.get(Refund, refund_id) is not None:
            return
        left = _left(session)
        if session.state is not State.COMPLETED or not left:
            raise NothingToReturn(session.money)
        if amount is not None and amount > left:
            raise TooMuchToReturn(session.money, format_money(left, session.currency))
        due_at = clock.now() + timedelta(seconds=runtime().lease)
        refund = refund_of(session, amount or left, reason, actor, due_at, refund_id)
        db.session.add(refund)
        audit_trail.add(session.id, EventKind.REFUND_REQUESTED, actor, _in_words(refund))
        sum_up(session)
        letters.requested(session, refund)
        log_refund(session, refund, "was asked for", actor)


def want_back(session_id: str, actor: str) -> None:
    """Who cancelled too late wants the money back: noted once, for a person to decide. Raises NothingToReturn."""
    with lock(session_id) as session:
        if not session.paid_after_cancel:
            raise NothingToReturn(session.money)
        if session.refund_wanted_at is None:
            session.refund_wanted_at = clock.now()
            audit_trail.add(session.id, EventKind.CANCEL_REQUESTED, actor, WANTED_BACK)
            findings.note(Verdict.REFUND_WANTED, session, WANTED_BACK)


def settle(refund_id: str, answer: RefundAnswer, actor: str, is_in_turn: bool = False) -> None:
    """Write down what the gateway says of a refund, whoever heard it, and however often.

    Only what the reconciler hears in its turn lets it ask later.
    """
    session_id = db.session.scalar(select(Refund.session_id).where(Refund.id == refund_id))
    if session_id is None:
        with writing():
            _settle(refund_id, None, answer, actor, is_in_turn)
    else:
        with lock(session_id) as session:
            _settle(refund_id, session, answer, actor, is_in_turn)
            sum_up(session)


def to_make(refund_id: str) -> RefundToMake | None:
    """What a refund asks of the gateway; None when it is known already what became of it."""
    refund = find(refund_id)
    db.session.expunge(refund)  # its values stay, when the transaction that they were read in is over
    db.session.rollback()
    if refund.state is not RefundState.REQUESTED:
        return None
    is_ours = refund.origin is RefundOrigin.SHOP
    if refund.session_id:
        known = queries.standing(refund.session_id)
        return RefundToMake(known.handle, refund.amount, refund_id, is_ours, known.gateway, known.account)
    handle = Handle("", refund.reference, refund.amount, refund.currency)
    gateway = gateway_accounts.gateway_of(refund.account) or runtime().gateway.name
    return RefundToMake(handle, refund.amount, refund_id, is_ours, gateway, refund.account)


def wait_elsewhere(refund_id: str, actor: str) -> None:
    """It is for another account to make than the shop works with now: come back later. A person is told, once."""
    with writing():
        refund = db.session.get_one(Refund, refund_id, with_for_update=True)
        refund.due_at = clock.now() + timedelta(seconds=patience.LOOK_ELSEWHERE)
        session_id = refund.session_id
    if session_id:
        with lock(session_id, is_news=False) as session:
            if session.needs_person_at is None:
                session.needs_person_at = clock.now()
                detail = f"money is to go back from {session.account or session.gateway}, which the shop works without"
                audit_trail.add(session.id, EventKind.NEEDS_PERSON, actor, detail)


def of_session(session_id: str) -> Sequence[Refund]:
    """A session's refunds, oldest first."""
    query = select(Refund).where(Refund.session_id == session_id)
    return db.session.scalars(query.order_by(Refund.requested_at, Refund.id)).all()


def left_of(session: LockedSession | PaymentSession) -> int:
    """How much can still be given back of a session, in minor units."""
    return _left(session) if session.state is State.COMPLETED else 0


def exists(refund_id: str) -> bool:
    """Whether this refund was asked for already."""
    return db.session.get(Refund, refund_id) is not None


def find(refund_id: str) -> Refund:
    """A refund as it is on record now."""
    db.session.rollback()
    return db.session.get_one(Refund, refund_id, populate_existing=True)


def _refuse_other_gateway(session: PaymentSession) -> None:
    if not gateway_accounts.is_here(session.gateway, session.account):
        raise OtherGateway(session.money)


def _left(session: LockedSession | PaymentSession) -> int:
    return session.amount - session.refunded - _requested(session)


def _requested(session: LockedSession | PaymentSession) -> int:
    """What was asked for, and may have been made."""
    query = select(func.coalesce(func.sum(Refund.amount), 0))
    asked_for = query.where(Refund.session_id == session.id, Refund.state == RefundState.REQUESTED)
    return int(db.session.scalars(asked_for).one())


def _settle(refund_id: str, session: LockedSession | None, answer: RefundAnswer, actor: str, is_in_turn: bool) -> None:
    refund = db.session.get_one(Refund, refund_id, with_for_update=True)
    # Of what was made a call's own answer says nothing new; that it came back is in the books alone.
    if refund.state is RefundState.MADE:
        return
    if not decide(refund, session, answer, actor) and refund.state is RefundState.REQUESTED:
        if answer is RefundAnswer.PENDING:
            accept(refund)
        _ask_again(refund, session, actor, is_in_turn)


def decide(refund: Refund, session: LockedSession | None, answer: RefundAnswer, actor: str) -> bool:
    """Write down what the gateway knows by now; False when it does not know, or that is nothing new.

    What was made may fail later, as Stripe's documentation says (https://docs.stripe.com/refunds#failed-refunds).
    """
    if answer is RefundAnswer.MADE and refund.state is not RefundState.MADE:
        _made(refund, session, actor)
    elif answer is RefundAnswer.REFUSED and refund.state is RefundState.REQUESTED:
        _refused(refund, session, actor)
    elif answer is RefundAnswer.REFUSED and refund.state is RefundState.MADE:
        _failed(refund, session, actor)
    else:
        return False
    return True


def accept(refund: Refund) -> None:
    """The gateway has it."""
    refund.accepted_at = refund.accepted_at or clock.now()


def _made(refund: Refund, session: LockedSession | None, actor: str) -> None:
    refund.state, refund.settled_at, refund.due_at = RefundState.MADE, clock.now(), None
    refund.made_at = clock.now()
    accept(refund)
    if session is not None:
        session.needs_person_at = None
        log_refund(session, refund, "was made", actor)
        merchant_events.note(session, MerchantEventType.REFUND_MADE)
        letters.made(session, refund)
        record.note_refund(session, min(refund.amount, session.amount - session.refunded), actor)


def _refused(refund: Refund, session: LockedSession | None, actor: str) -> None:
    refund.state, refund.settled_at, refund.due_at = RefundState.REFUSED, clock.now(), None
    if session is None:
        findings.reopen(refund.reference, "the gateway refused to give it back")
        return
    audit_trail.add(session.id, EventKind.REFUND_REFUSED, actor, format_money(refund.amount, refund.currency))
    merchant_events.note(session, MerchantEventType.REFUND_FAILED)
    letters.failed(session, refund)
    log_refund(session, refund, "was refused", actor)
    detail = f"{format_money(refund.amount, refund.currency)} could not be given back"
    findings.note(Verdict.REFUND_REFUSED, session, detail, reference=refund.id)
    if session.refund_due:  # nobody gives it back by itself any more
        session.needs_person_at = clock.now()


def _failed(refund: Refund, session: LockedSession | None, actor: str) -> None:
    """It was made, the shopper was told so, and the money has come back."""
    refund.state, refund.settled_at, refund.due_at = RefundState.FAILED, clock.now(), None
    if session is None:
        findings.reopen(refund.reference, "what was given back has come back")
        return
    amount = format_money(refund.amount, refund.currency)
    findings.note(Verdict.REFUND_FAILED, session, f"{amount} did not arrive and came back", reference=refund.id)
    merchant_events.note(session, MerchantEventType.REFUND_FAILED)
    letters.failed(session, refund)
    record.take_back(session, min(refund.amount, session.refunded), actor)
    session.needs_person_at = clock.now()


def _ask_again(refund: Refund, session: LockedSession | None, actor: str, is_in_turn: bool) -> None:
    refund.looks += is_in_turn or not refund.looks  # the first question is whoever's it is that wanted the refund
    due_at = clock.now() + timedelta(seconds=patience.check_delay(refund.looks, runtime().settings.reconcile_interval))
    refund.due_at = due_at if is_in_turn or refund.due_at is None else min(refund.due_at, due_at)
    if session is None or session.needs_person_at or refund.looks < patience.LOOKS_BEFORE_A_PERSON:
        return
    session.needs_person_at = clock.now()
    audit_trail.add(session.id, EventKind.NEEDS_PERSON, actor, f"no answer after {refund.looks} questions")


def sum_up(session: LockedSession) -> None:
    """What the page, the API and the admin say of money that is neither here nor there."""
    sums: Counter[RefundState] = Counter()
    for refund in of_session(session.id):
        if refund.origin is not RefundOrigin.DISPUTE:
            sums[refund.state] += refund.amount
    failed = sums[RefundState.FAILED] + (sums[RefundState.REFUSED] if session.refund_due else 0)
    session.refund_pending = sums[RefundState.REQUESTED]
    session.refund_failed = max(0, min(failed, session.amount - session.refunded - session.refund_pending))


def log_refund(session: LockedSession, refund: Refund, what: str, actor: str) -> None:
    amount = f"{refund.amount} minor units of {refund.currency}"
    log.info(
        "refund of %s %s: payment session %s, order %s, by %s", amount, what, session.id, session.order_reference, actor
    )


def _in_words(refund: Refund) -> str:
    amount = format_money(refund.amount, refund.currency)
    return f"{amount}, {refund.reason}" if refund.reason else amount
