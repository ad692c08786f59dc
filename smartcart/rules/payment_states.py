"""The graph of a payment session: every state, every move, and where the money is in each.

`next_state` is the only way from one state to another. The diagram of the documentation is drawn from this value.
"""

from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a payment session stands."""

    CREATED = "created"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    CHECKING = "checking"
    AUTHORIZED = "authorized"
    INTERRUPTED = "interrupted"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class Money(StrEnum):
    """The truth about the money, as the shopper is told it."""

    NOT_TAKEN = "not_taken"
    CHECKING = "checking"
    RESERVED = "reserved"
    TAKEN = "taken"
    RETURNED = "returned"


class Move(StrEnum):
    """What can happen to a payment session."""

    ATTEMPT = "attempt"
    APPROVED = "approved"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NOT_CHARGED = "not_charged"
    ATTEMPTS_USED_UP = "attempts_used_up"
    ACTION_REQUIRED = "action_required"
    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    AUTHORIZED = "authorized"
    CAPTURE = "capture"
    RELEASED = "released"
    LAPSED = "lapsed"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


class MoveRefused(Exception):
    """A move that the graph does not have."""

    def __init__(self, state: State, move: Move) -> None:
        super().__init__(f"no move {move} from {state}")


# At rest: no attempt is under way and the shopper may start one.
_AT_REST = {
    Move.ATTEMPT: State.PROCESSING,
    Move.CANCEL: State.CANCELLED,
    Move.EXPIRE: State.EXPIRED,
    Move.APPROVED: State.COMPLETED,
}
# In flight: an attempt is with the gateway, with the bank, or in the dark.
_ANSWERED = {
    Move.APPROVED: State.COMPLETED,
    Move.DECLINED: State.INTERRUPTED,
    Move.ATTEMPTS_USED_UP: State.FAILED,
    Move.NO_ANSWER: State.CHECKING,
    Move.AUTHORIZED: State.AUTHORIZED,
}
# Ended without money. Money that moved all the same is written down: approved always wins.
_ENDED_UNPAID = {Move.APPROVED: State.COMPLETED}

GRAPH: dict[State, dict[Move, State]] = {
    State.CREATED: _AT_REST,
    State.PROCESSING: {
        **_ANSWERED,
        Move.UNREACHABLE: State.INTERRUPTED,
        Move.NOT_CHARGED: State.INTERRUPTED,
        Move.ACTION_REQUIRED: State.ACTION_REQUIRED,
    },
    # The bank is only ever asked here, so "unreachable" would prove nothing about the charge.
    State.ACTION_REQUIRED: {**_ANSWERED, Move.ABANDONED: State.CHECKING},
    State.CHECKING: {
        Move.APPROVED: State.COMPLETED,
        Move.DECLINED: State.INTERRUPTED,
        Move.NOT_CHARGED: State.INTERRUPTED,
        Move.ATTEMPTS_USED_UP: State.FAILED,
        Move.AUTHORIZED: State.AUTHORIZED,
        Move.LAPSED: State.CANCELLED,  # before it could be captured
    },
    # The bank has set the sum aside, and nothing is taken before the owner says so.
    State.AUTHORIZED: {
        Move.CAPTURE: State.CHECKING,
        Move.APPROVED: State.COMPLETED,
        Move.RELEASED: State.CANCELLED,
        Move.LAPSED: State.CANCELLED,
    },
    State.INTERRUPTED: _AT_REST,
    State.COMPLETED: {Move.REFUNDED: State.REFUNDED},
    State.FAILED: _ENDED_UNPAID,
    State.CANCELLED: _ENDED_UNPAID,
    State.EXPIRED: _ENDED_UNPAID,
    # A refund may fail for up to 30 days after it was made: https://docs.stripe.com/refunds#failed-refunds.
    State.REFUNDED: {Move.REFUND_FAILED: State.COMPLETED},
}

MONEY: dict[State, Money] = {
    State.CREATED: Money.NOT_TAKEN,
    State.PROCESSING: Money.CHECKING,
    State.ACTION_REQUIRED: Money.CHECKING,
    State.CHECKING: Money.CHECKING,
    State.AUTHORIZED: Money.RESERVED,
    State.INTERRUPTED: Money.NOT_TAKEN,
    State.COMPLETED: Money.TAKEN,
    State.FAILED: Money.NOT_TAKEN,
    State.CANCELLED: Money.NOT_TAKEN,
    State.EXPIRED: Money.NOT_TAKEN,
    State.REFUNDED: Money.RETURNED,
}

AT_REST = frozenset({State.CREATED, State.INTERRUPTED})
IN_FLIGHT = frozenset({State.PROCESSING, State.ACTION_REQUIRED, State.CHECKING})
OPEN = AT_REST | IN_FLIGHT | {State.AUTHORIZED}
ENDED_UNPAID = frozenset({State.FAILED, State.CANCELLED, State.EXPIRED})
PAID = frozenset({State.COMPLETED, State.REFUNDED})
FREES = frozenset({Move.RELEASED, Move.LAPSED})  # what was set aside is the shopper's again


def next_state(state: State, move: Move) -> State:
    """Where a move leads from a state. Raises MoveRefused for every move that is not in the graph."""
    try:
        return GRAPH[state][move]
    except KeyError:
        raise MoveRefused(state, move) from None


def has_expired(state: State, expires_at: datetime, now: datetime) -> bool:
    """Whether a session is out of time, whether or not the sweep has come by; an attempt in flight is let finish."""
    return state is State.EXPIRED or (state in AT_REST and expires_at <= now)


def is_cancelling(state: State, cancel_requested_at: datetime | None) -> bool:
    """Whether somebody wants a session cancelled and it is not yet."""
    return cancel_requested_at is not None and state in OPEN


def is_returning(state: State, refund_due: bool) -> bool:
    """Whether money was taken for what cannot be fulfilled, and is not given back yet."""
    return refund_due and state is State.COMPLETED


def is_paid_after_cancel(state: State, cancel_requested_at: datetime | None, refund_due: bool) -> bool:
    """Whether money was taken although somebody had asked to cancel, and nobody gives it back by itself."""
    return cancel_requested_at is not None and state is State.COMPLETED and not refund_due


def draw() -> str:
    """The graph as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> created"]
    lines += [f"    {state} --> {target}: {move}" for state, moves in GRAPH.items() for move, target in moves.items()]
    lines += [f"    {state}: {state} ({MONEY[state]})" for state in State]
    return "\n".join(lines)
