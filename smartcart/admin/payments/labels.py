"""What the admin reads: states, money and answers in words, and how long ago something was."""

from datetime import datetime

from smartcart import clock
from smartcart.admin.access import COUNTED
from smartcart.money.format import format_money
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import RefundState
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import AT_REST, PAID, Money, State
from smartcart.shop.delivery_models import Stage
from smartcart.shop.models import OrderStatus

# Which colour of badge says it; what has none is neither good nor bad.
TONES = {
    State.PROCESSING: "info",
    State.ACTION_REQUIRED: "info",
    State.CHECKING: "warning",
    State.AUTHORIZED: "warning",
    State.COMPLETED: "good",
    State.FAILED: "bad",
    State.REFUNDED: "info",
    Money.CHECKING: "warning",
    Money.RESERVED: "warning",
    Money.TAKEN: "good",
    Money.RETURNED: "info",
    RefundState.REQUESTED: "warning",
    RefundState.MADE: "good",
    RefundState.REFUSED: "bad",
    RefundState.FAILED: "bad",
    Stage.WAITING: "warning",
    Stage.PACKED: "info",
    Stage.SENT: "good",
    OrderStatus.OPEN: "info",
    OrderStatus.PAID: "good",
    OutcomeKind.APPROVED: "good",
    OutcomeKind.AUTHORIZED: "warning",
    OutcomeKind.DECLINED: "bad",
}

MONEY = {
    Money.NOT_TAKEN: "not taken",
    Money.CHECKING: "not known yet",
    Money.RESERVED: "set aside, not taken",
    Money.TAKEN: "taken",
    Money.RETURNED: "returned",
}

INTERRUPTIONS = {
    Interruption.TIMEOUT: "no answer in time",
    Interruption.NETWORK_ERROR: "connection broke",
    Interruption.BROWSER_CLOSED: "page closed",
    Interruption.GATEWAY_ERROR: "gateway fault",
    Interruption.CRASH: "server cut off",
}

DISPUTES = {
    DisputeStage.INQUIRY: "The shopper's bank asks about it, and has taken no money back so far",
    DisputeStage.OPEN: "The shopper's bank asks for the money back",
    DisputeStage.LOST: "Lost: the shopper's bank has got the money back",
}

ANSWERS = {
    OutcomeKind.APPROVED: "the money was taken",
    OutcomeKind.AUTHORIZED: "the sum is set aside, and nothing was taken",
    OutcomeKind.DECLINED: "the bank said no; nothing was taken",
    OutcomeKind.ACTION_REQUIRED: "the shopper has to confirm with the bank",
    OutcomeKind.PENDING: "it is still being worked on",
    OutcomeKind.NOT_CHARGED: "nothing was taken",
    OutcomeKind.UNREACHABLE: "it could not be reached",
    OutcomeKind.UNKNOWN: "it gave no clear answer",
}


def label(value: str) -> str:
    """A state, a kind or a status as a person writes it: action_required is Action required."""
    return str(value).replace("_", " ").capitalize()


def bounded(number: int) -> str:
    """How many there are, where no more than `COUNTED` are counted."""
    return str(number) if number < COUNTED else f"{COUNTED - 1}+"


def tone(value: State | Money | OrderStatus | OutcomeKind | RefundState) -> str:
    return TONES.get(value, "")


def money_word(session: PaymentSession) -> str:
    """Where the money is."""
    if session.refund_failed:
        return f"taken, {format_money(session.refund_failed, session.currency)} could not be returned"
    if session.refund_pending:
        return f"taken, {format_money(session.refund_pending, session.currency)} being returned"
    if session.returning:
        return "taken, being returned"
    if session.money is Money.TAKEN and session.refunded:
        return f"taken, {format_money(session.refunded, session.currency)} of it returned"
    return MONEY[session.money]


def dispute_word(dispute: DisputeStage) -> str:
    return DISPUTES[dispute]


def trouble(session: PaymentSession) -> str:
    """What the gateway does not tell of a session that needs a person."""
    if not gateway_accounts.is_here(session.gateway, session.account):
        return f"it belongs to {session.account or session.gateway}, which the shop does not work with now"
    if session.state in PAID and session.refund_failed:
        return "what was given back has come back: pay the shopper another way"
    if session.state in PAID:
        return "the money could not be given back yet"
    if session.state in AT_REST:
        return "the gateway does not confirm that no money can be taken any more"
    return "the gateway does not say whether money was taken"


def interruption_word(interruption: Interruption) -> str:
    return INTERRUPTIONS[interruption]


def age(moment: datetime) -> str:
    """How long ago a moment was, as roughly as a person would say it."""
    return _span((clock.now() - moment).total_seconds())


def time_left(moment: datetime) -> str:
    """How long it is until a moment."""
    left = (moment - clock.now()).total_seconds()
    return _span(left) if left > 0 else "none"


def seconds(duration: float) -> str:
    """A measured duration, given in seconds."""
    return f"{duration:.1f} s" if duration < 60 else _span(duration)


def _span(duration: float) -> str:
    minutes = int(duration // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"
