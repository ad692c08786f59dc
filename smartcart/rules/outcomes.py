"""What a gateway may answer, and what each answer does to a session."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from smartcart.rules.declines import Advised
from smartcart.rules.payment_states import Move


class OutcomeKind(StrEnum):
    """What the gateway said of an attempt."""

    APPROVED = "approved"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    PENDING = "pending"
    NOT_CHARGED = "not_charged"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class Interruption(StrEnum):
    """What kept an attempt from ending."""

    TIMEOUT = "timeout"
    NETWORK_ERROR = "network_error"
    BROWSER_CLOSED = "browser_closed"
    GATEWAY_ERROR = "gateway_error"
    CRASH = "crash"


# The gateway's word for more questions than it takes: https://docs.stripe.com/error-codes#rate-limit.
TOO_MANY = "rate_limit"


@dataclass(frozen=True)
class Outcome:
    """One answer of a gateway.

    `interruption` says why an outcome is unknown or unreachable; `code` is the gateway's own word for a refusal, free
    of card data; `advised` what it says of another try with the same card, and `is_final` is when no other attempt of
    this session could end otherwise. `was_never_sent` is when not a byte of the request was written, and `never_left`
    when that was not even tried, as the attempt was given up while it waited for a thread. When the bank asks,
    `action_url` is where the shopper confirms, or `action_secret` what the gateway's own script needs to let them
    confirm in the page. When the sum is set aside, `held_until` is when that lapses by itself at the gateway. `card` is
    the gateway's fingerprint of the card's number, the same however often it is typed, where it told one.
    """

    kind: OutcomeKind
    interruption: Interruption | None = None
    code: str = ""
    action_url: str = ""
    action_secret: str = ""
    advised: Advised | None = None
    is_final: bool = False
    was_never_sent: bool = False
    never_left: bool = False
    held_until: datetime | None = None
    card: str = ""

    @property
    def charged_nothing(self) -> bool:
        """Whether this proves that the attempt took no money."""
        return self.kind in PROOF_OF_NO_CHARGE

    @property
    def gives_number_back(self) -> bool:
        """Whether the attempt does not count, as it provably never reached the gateway: an outage ends no order."""
        return (self.kind is OutcomeKind.UNREACHABLE and self.was_never_sent) or self.never_left

    @property
    def is_silence(self) -> bool:
        """Whether the gateway could not be asked, or takes no more questions now: whatever it was asked about.

        What it has a word of its own for, such as `no_such_reference`, is an answer.
        """
        return self.kind in (OutcomeKind.UNKNOWN, OutcomeKind.UNREACHABLE) and self.code in ("", TOO_MANY)

    def ends_session(self, attempts_left: int) -> bool:
        """Whether no attempt can follow this one, so that the reference is to be closed."""
        return self.charged_nothing and not self.gives_number_back and (attempts_left <= 0 or self.is_final)


PROOF_OF_NO_CHARGE = frozenset({OutcomeKind.DECLINED, OutcomeKind.NOT_CHARGED, OutcomeKind.UNREACHABLE})

APPROVED = Outcome(OutcomeKind.APPROVED)
NOT_CHARGED = Outcome(OutcomeKind.NOT_CHARGED)
PENDING = Outcome(OutcomeKind.PENDING)
UNREACHABLE = Outcome(OutcomeKind.UNREACHABLE, Interruption.NETWORK_ERROR)
NEVER_SENT = Outcome(OutcomeKind.UNREACHABLE, Interruption.NETWORK_ERROR, was_never_sent=True)
TAKEN_BACK = Outcome(OutcomeKind.NOT_CHARGED, never_left=True)
WAITED_TOO_LONG = replace(TAKEN_BACK, code="waited_too_long")
GATEWAY_WAS_OUT = replace(TAKEN_BACK, code="gateway_out")
TIMED_OUT = Outcome(OutcomeKind.UNKNOWN, Interruption.TIMEOUT)
LOST_REPLY = Outcome(OutcomeKind.UNKNOWN, Interruption.NETWORK_ERROR)
GATEWAY_ERROR = Outcome(OutcomeKind.UNKNOWN, Interruption.GATEWAY_ERROR)
CRASHED = Outcome(OutcomeKind.UNKNOWN, Interruption.CRASH)

_MOVES = {
    OutcomeKind.APPROVED: Move.APPROVED,
    OutcomeKind.AUTHORIZED: Move.AUTHORIZED,
    OutcomeKind.DECLINED: Move.DECLINED,
    OutcomeKind.ACTION_REQUIRED: Move.ACTION_REQUIRED,
    OutcomeKind.PENDING: Move.NO_ANSWER,
    OutcomeKind.NOT_CHARGED: Move.NOT_CHARGED,
    OutcomeKind.UNREACHABLE: Move.UNREACHABLE,
    OutcomeKind.UNKNOWN: Move.NO_ANSWER,
}


def move_for(outcome: Outcome, attempts_left: int, reference_closed: bool) -> Move:
    """The move that an outcome makes.

    The last attempt, and one after which no other could do better, ends a session only once its reference is closed at
    the gateway; until then nobody may say that it is over, so it counts as unanswered.
    """
    if outcome.ends_session(attempts_left):
        return Move.ATTEMPTS_USED_UP if reference_closed else Move.NO_ANSWER
    return _MOVES[outcome.kind]
