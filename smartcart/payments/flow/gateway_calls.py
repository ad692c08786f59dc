"""Begin, call, settle: everything the gateway is asked, with no transaction open while it is asked.

These run on the gateway pool. Whatever cuts one short, the session is on record with a time to come back to it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app

from smartcart import clock, work_queue
from smartcart.gateways.protocol import GatewayError, Handle
from smartcart.logs import concerning
from smartcart.payments.core import account_binding, gateway_accounts, next_check, record, weather
from smartcart.payments.core.attempts import ChargeToMake
from smartcart.payments.core.queries import Standing, standing
from smartcart.payments.core.runtime import runtime
from smartcart.payments.saved_cards import gone_at_gateway, saving
from smartcart.rules import patience
from smartcart.rules.outcomes import (
    GATEWAY_ERROR,
    GATEWAY_WAS_OUT,
    NOT_CHARGED,
    WAITED_TOO_LONG,
    Interruption,
    Outcome,
    OutcomeKind,
)
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, Move, State

if TYPE_CHECKING:
    from smartcart.payments.core.locked_session import LockedSession

# Who tells what became of a charge by the answer to the charge itself.
ACTOR = "gateway"
# Nothing of it has ever left the house, so there is nobody to ask.
NEVER_LEFT = NOT_CHARGED
# All the time went by before the charge was sent, so it was not sent.
TOO_LATE = Outcome(OutcomeKind.NOT_CHARGED, Interruption.TIMEOUT)
# Who could be asked does not know of it.
ELSEWHERE = replace(GATEWAY_ERROR, code="other_gateway")
# What asks for no attempt: nothing is under way at the gateway but, maybe, a sum that is set aside.
MAY_CLOSE = AT_REST | {State.AUTHORIZED}
# With the bank, at the gateway, or still on its way there.
UNFINISHED = frozenset({OutcomeKind.ACTION_REQUIRED, OutcomeKind.PENDING})


def charge(to_make: ChargeToMake) -> None:
    """Carry out an attempt that is on record: charge it and settle what came of it."""
    kept_back = _kept_back(to_make) if to_make.waits else None
    if kept_back is not None:
        record.settle(to_make.attempt_id, kept_back, "clock", runtime().plan())
        return
    if clock.now() >= to_make.deadline_at:
        return  # held up for so long that it may be given up already: charge no more, the reconciler asks
    outcome = _charge(to_make)
    gone_at_gateway.notice(to_make.request, outcome)
    conclude(to_make.request.session, to_make.attempt_id, outcome, ACTOR)


def _kept_back(to_make: ChargeToMake) -> Outcome | None:
    """Why an attempt that has waited for a thread is not sent, if it is not: then it provably charges nothing.

    While the gateway is out it is none of the probes: it was pressed before that was known.
    """
    if runtime().weather.is_out:
        return GATEWAY_WAS_OUT
    return None if record.mark_sent(to_make.attempt_id) else WAITED_TOO_LONG


def ask(session_id: str, actor: str, is_in_turn: bool = False) -> Outcome | None:
    """Ask the gateway what became of the last attempt, and settle it. None when none has left the house.

    `is_in_turn` is said by the reconciler alone: its questions come the later the more there were, nobody else's do
    that.
    """
    known = standing(session_id)
    if known.attempt_id is None or known.never_left:
        return None
    if not _is_here(known):
        account_binding.wait_elsewhere(session_id, actor, is_in_turn)
        return ELSEWHERE
    outcome = _ask(known)
    if not _settled(known, known.attempt_id, outcome, actor):
        _still_dark(session_id, outcome, actor, is_in_turn)
    return outcome


def ask_again(session_id: str, actor: str) -> None:
    """Ask about a session at rest whether it is still so that nothing was taken, and settle it if that is not so.

    That its last attempt took nothing is on record, with its proof. So it is no contradiction if the gateway has no
    trace of that (pending), and there is nobody to ask where nothing was ever opened.
    """
    known = standing(session_id)
    if known.state is not State.INTERRUPTED:
        return
    if known.attempt_id is None or known.never_left or known.handle.reference is None:
        next_check.confirmed(session_id, NEVER_LEFT.kind, actor)
        return
    outcome = _ask(known) if _is_here(known) else ELSEWHERE
    if outcome.kind is OutcomeKind.APPROVED:
        _settled(known, known.attempt_id, outcome, actor)
    elif outcome.charged_nothing or outcome.kind is OutcomeKind.PENDING:
        next_check.confirmed(session_id, outcome.kind, actor)
    else:
        next_check.not_confirmed(session_id)


def probe(session_id: str, actor: str) -> None:
    """Ask whether a gateway that is silent is back, and settle what it says; that it said nothing is no news."""
    known = standing(session_id)
    if known.attempt_id is None or known.never_left or not _is_here(known):
        return
    outcome = _ask(known)
    if not outcome.is_silence:
        _settled(known, known.attempt_id, outcome, actor)


def _settled(known: Standing, attempt_id: int, outcome: Outcome, actor: str) -> bool:
    """Whether an answer has brought a session out of where it stood, and that is written down."""
    session_id = known.handle.session
    _note_where(known, outcome)
    if outcome.kind is not OutcomeKind.APPROVED and not _counts(outcome, known.state):
        return False
    if known.state is State.ACTION_REQUIRED and outcome.kind is OutcomeKind.NOT_CHARGED:
        record.abandon(session_id, actor, runtime().plan(), known.attempt)  # the bank has given up asking
    return conclude(session_id, attempt_id, outcome, actor).state is not known.state


def conclude(session_id: str, attempt_id: int, outcome: Outcome, actor: str) -> "LockedSession":
    """Settle an outcome; the reference is closed first when no attempt can follow, and a wish to cancel carried out."""
    closed = False
    if outcome.charged_nothing:
        known = standing(session_id)
        if outcome.ends_session(known.attempts_left) and known.attempt_id == attempt_id:
            closing = _close(known)
            closed = closing.kind is OutcomeKind.NOT_CHARGED
            outcome = closing if closing.kind is OutcomeKind.APPROVED else outcome
    settled = record.settle(attempt_id, outcome, actor, runtime().plan(), closed)
    if settled.cancelling and settled.state in MAY_CLOSE:
        close(session_id, Move.CANCEL, actor)
    saving.save_card_soon(settled)
    return settled


def close(session_id: str, move: Move, actor: str, is_in_turn: bool = False) -> None:
    """Cancel or expire a session at rest, or release what is set aside: first at the gateway, then here. Money that was
    taken meanwhile wins.

    `is_in_turn` as in `ask`.
    """
    known = standing(session_id)
    if known.state not in MAY_CLOSE:
        return
    closing = NEVER_LEFT if known.never_left else _close(known)
    if closing is ELSEWHERE:
        account_binding.wait_elsewhere(session_id, actor, is_in_turn)
    elif closing.kind is OutcomeKind.NOT_CHARGED and not known.is_held:
        record.end(session_id, move, actor)
    elif closing.kind in (OutcomeKind.APPROVED, OutcomeKind.NOT_CHARGED) and known.attempt_id:
        record.settle(known.attempt_id, closing, actor, runtime().plan())
    else:
        _still_dark(session_id, closing, actor, is_in_turn)


def _close(known: Standing) -> Outcome:
    if not _is_here(known):
        return ELSEWHERE
    closing = _safely(known.handle, runtime().gateway.close)
    _note_where(known, closing)
    return closing


def _is_here(known: Standing) -> bool:
    """Whether the gateway can be asked about a session: not when it belongs to another one, or another account."""
    if known.account:
        gateway_accounts.learn()
    return gateway_accounts.is_here(known.gateway, known.account)


def _note_where(known: Standing, answer: Outcome) -> None:
    """What a gateway knows of a reference shows whose that is, of a session that belongs to no account yet."""
    is_known = answer.kind not in (OutcomeKind.UNKNOWN, OutcomeKind.UNREACHABLE)
    if not known.account and known.handle.reference and is_known and gateway_accounts.account_here():
        account_binding.bind(known.handle.session)


def _still_dark(session_id: str, answer: Outcome, actor: str, is_in_turn: bool) -> None:
    said = answer.code or answer.interruption or answer.kind
    next_check.checked(session_id, said, actor, runtime().settings.reconcile_interval if is_in_turn else None)


def _charge(to_make: ChargeToMake) -> Outcome:
    """Open a reference, if there is none, and charge it, both in time: what may be given up is charged no more."""
    handle, request = to_make.handle, to_make.request
    if handle.reference is None:
        era = runtime().pace.era
        try:
            request = replace(request, reference=runtime().gateway.open(handle, _time_left(to_make)))
        except GatewayError as error:
            return _heard(error.outcome, era, handle.session)
        gateway_accounts.learn()
        account_binding.store_reference(request.session, request.reference)
    left = _time_left(to_make)
    if left <= 0:
        return TOO_LATE
    return _safely(to_make.handle, lambda _: runtime().gateway.charge(replace(request, timeout=left)))


def _time_left(to_make: ChargeToMake) -> float:
    """Seconds until an answer must be here, so that it is written down before the attempt is given up.

    Half of the grace is for writing it down; the other half is for a busy machine that has begun late.
    """
    ends = to_make.deadline_at - timedelta(seconds=patience.CALL_GRACE / 2)
    return min(to_make.request.timeout, (ends - clock.now()).total_seconds())


def _ask(known: Standing) -> Outcome:
    gateway = runtime().gateway
    outcome = _safely(known.handle, gateway.ask, known.attempt)
    if outcome.kind in UNFINISHED and known.state is State.CHECKING:  # its time is over, or the shopper has gone
        outcome = _safely(known.handle, gateway.withdraw, known.attempt)
    if outcome.kind is OutcomeKind.AUTHORIZED and known.is_held and known.state is State.CHECKING:
        outcome = _safely(known.handle, gateway.capture)  # that it is to be taken is on record
    # A gateway out of reach proves nothing about a charge it was sent before.
    return GATEWAY_ERROR if outcome.kind is OutcomeKind.UNREACHABLE else outcome


def _counts(outcome: Outcome, state: State) -> bool:
    """Whether an answer other than approved may change anything.

    While the call itself is out, only that it was declined, or that the sum is set aside: that is of this very attempt
    and for good, where all else may be so because the call has not arrived yet. And a question that failed must not
    take the shopper away from the bank.
    """
    if state is State.PROCESSING:
        return outcome.kind in (OutcomeKind.DECLINED, OutcomeKind.AUTHORIZED)
    if state is State.ACTION_REQUIRED:
        return outcome.kind is not OutcomeKind.UNKNOWN
    return state in IN_FLIGHT | {State.AUTHORIZED}


def _safely(handle: Handle, call: Callable[..., Outcome], *more: Any) -> Outcome:
    """An answer, whatever happens: a gateway library that raises leaves the outcome unknown."""
    era = runtime().pace.era
    with concerning(handle.session, handle.order):
        try:
            return _heard(call(handle, *more), era, handle.session)
        except Exception:
            current_app.logger.exception("the gateway's answer could not be understood")
            return GATEWAY_ERROR


def _heard(outcome: Outcome, era: int, session_id: str) -> Outcome:
    """Note whether the gateway answered what it was asked in that era; once it is back, what waits is attended to."""
    if runtime().pace.note(not outcome.is_silence, era):
        current_app.logger.info("the gateway answers again")
        work_queue.wake()
    weather.heard(session_id, not outcome.is_silence)
    return outcome
