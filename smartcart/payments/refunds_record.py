"""The only writer of refunds: written down before the gateway is asked, settled by what it says, in any order.

Never more goes back than was taken: a refund is written while its session is held, and what was asked for and is not
known yet counts as given back.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from smartcart import clock
from smartcart.amounts import format_money
from smartcart.db import db, writing
from smartcart.gateways.protocol import Balance, Handle, RefundAnswer
from smartcart.payments import accounts, disputes, effects, findings, reading, record, trail
from smartcart.payments.held import Held, hold
from smartcart.payments.models import EventKind, PaymentSession
from smartcart.payments.parts import parts
from smartcart.payments.refunds_model import Refund, RefundState, refund_of
from smartcart.payments.refusals import NothingToReturn, OtherGateway, TooMuchToReturn
from smartcart.rules import patience
from smartcart.rules.payment_states import State, is_paid_after_cancel
from smartcart.rules.verdicts import Verdict

GATEWAY = "gateway"
# What is told of a wish to cancel that came too late.
WANTED_BACK = "the money had been taken before, and is wanted back"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefundToMake:
    """A refund on record, ready to leave the house."""

    handle: Handle
    amount: int
    key: str
    gateway: str
    account: str


def request(session_id: str, amount: int | None, reason: str, actor: str, refund_id: str) -> None:
    """Write down that money is to go back: so much (minor units), or all that is left. Raises Refused.

    `refund_id` makes one refund of two presses on the same button.
    """
    _refuse_other_gateway(reading.find(session_id))
    with hold(session_id) as session:
        effects.is_first(session_id)
        if db.session.get(Refund, refund_id) is not None:
            return
        left = _left(session)
        if session.state is not State.COMPLETED or not left:
            raise NothingToReturn(session.money)
        if amount is not None and amount > left:
            raise TooMuchToReturn(session.money, format_money(left, session.currency))
        due_at = clock.now() + timedelta(seconds=parts().lease)
        refund = refund_of(session, amount or left, reason, actor, due_at, refund_id)
        db.session.add(refund)
        trail.tell(session.id, EventKind.REFUND_REQUESTED, actor, detail=_in_words(refund))
        _log(session, refund, "was asked for", actor)


def want_back(session_id: str, actor: str) -> None:
    """Who cancelled too late wants the money back: noted once, for a person to decide. Raises NothingToReturn."""
    with hold(session_id) as session:
        if not is_paid_after_cancel(session.state, session.cancel_requested_at, session.refund_due):
            raise NothingToReturn(session.money)
        if session.refund_wanted_at is None:
            session.refund_wanted_at = clock.now()
            trail.tell(session.id, EventKind.CANCEL_REQUESTED, actor, detail=WANTED_BACK)
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
        with hold(session_id) as session:
            _settle(refund_id, session, answer, actor, is_in_turn)


def take_up(session_id: str, balance: Balance) -> None:
    """Write down what the gateway has given back and we have not, and whether the shopper's bank disputes it."""
    with hold(session_id) as session:
        if session.state is not State.COMPLETED:
            return
        _take_up_dispute(session, balance)
        # Ours that are under way may be in the gateway's sum already, so they count as if they were.
        beyond = balance.refunded + balance.lost - session.refunded - _requested(session)
        amount = min(beyond, session.amount - session.refunded)
        if amount > 0:
            _take_up_refund(session, amount, is_lost=balance.lost > 0)


def to_make(refund_id: str) -> RefundToMake | None:
    """What a refund asks of the gateway; None when it is known already what became of it."""
    columns = Refund.session_id, Refund.reference, Refund.amount, Refund.currency, Refund.state, Refund.account
    db.session.rollback()
    session_id, reference, amount, currency, state, account = db.session.execute(
        select(*columns).where(Refund.id == refund_id)
    ).one()
    db.session.rollback()
    if state is not RefundState.REQUESTED:
        return None
    if session_id:
        known = reading.standing(session_id)
        return RefundToMake(known.handle, amount, refund_id, known.gateway, known.account)
    gateway = accounts.gateway_of(account) or parts().gateway.name
    return RefundToMake(Handle("", reference, amount, currency), amount, refund_id, gateway, account)


def wait_elsewhere(refund_id: str, actor: str) -> None:
    """It is for another account to make than the shop works with now: come back later. A person is told, once."""
    with writing():
        refund = db.session.get_one(Refund, refund_id, with_for_update=True)
        refund.due_at = clock.now() + timedelta(seconds=patience.LOOK_ELSEWHERE)
        session_id = refund.session_id
    if session_id:
        with hold(session_id, is_news=False) as session:
            if session.needs_person_at is None:
                session.needs_person_at = clock.now()
                detail = f"money is to go back from {session.account or session.gateway}, which the shop works without"
                trail.tell(session.id, EventKind.NEEDS_PERSON, actor, detail=detail)


def of_session(session_id: str) -> Sequence[Refund]:
    """A session's refunds, oldest first."""
    query = select(Refund).where(Refund.session_id == session_id)
    return db.session.scalars(query.order_by(Refund.requested_at, Refund.id)).all()


def left_of(session: PaymentSession) -> int:
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
    if not accounts.is_here(session.gateway, session.account):
        raise OtherGateway(session.money)


def _left(session: Held | PaymentSession) -> int:
    return session.amount - session.refunded - _requested(session)


def _requested(session: Held | PaymentSession) -> int:
    """What was asked for, and may have been made."""
    query = select(func.coalesce(func.sum(Refund.amount), 0))
    asked_for = query.where(Refund.session_id == session.id, Refund.state == RefundState.REQUESTED)
    return int(db.session.scalars(asked_for).one())


def _settle(refund_id: str, session: Held | None, answer: RefundAnswer, actor: str, is_in_turn: bool) -> None:
    refund = db.session.get_one(Refund, refund_id, with_for_update=True)
    if answer is RefundAnswer.MADE and refund.state is not RefundState.MADE:
        _made(refund, session, actor)
    elif answer is RefundAnswer.REFUSED and refund.state is RefundState.REQUESTED:
        _refused(refund, session, actor)
    elif refund.state is RefundState.REQUESTED:
        _ask_again(refund, session, actor, is_in_turn)


def _made(refund: Refund, session: Held | None, actor: str) -> None:
    refund.state, refund.settled_at, refund.due_at = RefundState.MADE, clock.now(), None
    if session is not None:
        session.needs_person_at = None
        _log(session, refund, "was made", actor)
        record.give_back(session, min(refund.amount, session.amount - session.refunded), actor)


def _refused(refund: Refund, session: Held | None, actor: str) -> None:
    refund.state, refund.settled_at, refund.due_at = RefundState.REFUSED, clock.now(), None
    if session is None:
        findings.reopen(refund.reference, "the gateway refused to give it back")
        return
    trail.tell(session.id, EventKind.REFUND_REFUSED, actor, detail=format_money(refund.amount, refund.currency))
    _log(session, refund, "was refused", actor)
    detail = f"{format_money(refund.amount, refund.currency)} could not be given back"
    findings.note(Verdict.REFUND_REFUSED, session, detail, reference=refund.id)
    if session.refund_due:  # nobody gives it back by itself any more
        session.needs_person_at = clock.now()


def _ask_again(refund: Refund, session: Held | None, actor: str, is_in_turn: bool) -> None:
    refund.looks += is_in_turn or not refund.looks  # the first question is whoever's it is that wanted the refund
    due_at = clock.now() + timedelta(seconds=patience.look_delay(refund.looks, parts().settings.reconcile_interval))
    refund.due_at = due_at if is_in_turn or refund.due_at is None else min(refund.due_at, due_at)
    if session is None or session.needs_person_at or refund.looks < patience.LOOKS_BEFORE_A_PERSON:
        return
    session.needs_person_at = clock.now()
    trail.tell(session.id, EventKind.NEEDS_PERSON, actor, detail=f"no answer after {refund.looks} questions")


def _take_up_dispute(session: Held, balance: Balance) -> None:
    if balance.disputed:
        detail = disputes.in_words(balance, session.currency, parts().settings.time_zone)
        if session.disputed_at is None:
            session.disputed_at = clock.now()
            trail.tell(session.id, EventKind.DISPUTED, GATEWAY, detail=detail)
        findings.note(Verdict.DISPUTED, session, detail)  # opened again when an inquiry has become more
    elif session.disputed_at and not balance.lost:
        session.disputed_at = None
        trail.tell(session.id, EventKind.DISPUTED, GATEWAY, detail="it is over, and the money stays with the shop")


def _take_up_refund(session: Held, amount: int, is_lost: bool) -> None:
    """Money that went back without us, and so is made already."""
    if is_lost and session.disputed_at is None:
        session.disputed_at = clock.now()
    reason = "a dispute was lost" if is_lost else "given back at the gateway"
    refund = refund_of(session, amount, reason, GATEWAY, due_at=clock.now())
    refund.state, refund.settled_at, refund.due_at = RefundState.MADE, clock.now(), None
    db.session.add(refund)
    detail = f"{format_money(amount, session.currency)}, {reason}"
    findings.note(Verdict.DISPUTE_LOST if is_lost else Verdict.REFUNDED_ELSEWHERE, session, detail, reference=refund.id)
    _log(session, refund, "was made", reason)
    record.give_back(session, amount, GATEWAY)


def _log(session: Held, refund: Refund, what: str, actor: str) -> None:
    amount = f"{refund.amount} minor units of {refund.currency}"
    log.info(
        "refund of %s %s: payment session %s, order %s, by %s", amount, what, session.id, session.order_reference, actor
    )


def _in_words(refund: Refund) -> str:
    amount = format_money(refund.amount, refund.currency)
    return f"{amount}, {refund.reason}" if refund.reason else amount
