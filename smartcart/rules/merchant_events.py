"""What a merchant's own systems are told of a payment, and by which name."""

from enum import StrEnum

from smartcart.rules.disputes import UNDECIDED, DisputeStage
from smartcart.rules.payment_states import State


class MerchantEventType(StrEnum):
    """Names that are public: programs of others know what to do by them."""

    PAYMENT_OPENED = "payment.opened"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_INTERRUPTED = "payment.interrupted"
    PAYMENT_CHECKING = "payment.checking"
    PAYMENT_COMPLETED = "payment.completed"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_EXPIRED = "payment.expired"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_MADE = "refund.made"
    REFUND_FAILED = "refund.failed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_CLOSED = "dispute.closed"


# Of a payment that is with the gateway or with the bank there is nothing to tell: that is over within moments.
_BY_STATE = {
    State.CREATED: MerchantEventType.PAYMENT_OPENED,
    State.AUTHORIZED: MerchantEventType.PAYMENT_AUTHORIZED,
    State.INTERRUPTED: MerchantEventType.PAYMENT_INTERRUPTED,
    State.CHECKING: MerchantEventType.PAYMENT_CHECKING,
    State.COMPLETED: MerchantEventType.PAYMENT_COMPLETED,
    State.FAILED: MerchantEventType.PAYMENT_FAILED,
    State.CANCELLED: MerchantEventType.PAYMENT_CANCELLED,
    State.EXPIRED: MerchantEventType.PAYMENT_EXPIRED,
    State.REFUNDED: MerchantEventType.PAYMENT_REFUNDED,
}


def of_step(before: State | None, after: State) -> MerchantEventType | None:
    """What is told of a payment that comes from one state, or from none, to another; None where nothing is.

    When a refund fails, its payment counts as completed again, but nobody is to deliver for it a second time: that is
    `refund.failed` alone.
    """
    return None if before is State.REFUNDED else _BY_STATE.get(after)


def of_dispute(before: DisputeStage | None, after: DisputeStage | None) -> MerchantEventType | None:
    """What is told when a dispute stands otherwise than before: also that an inquiry has become more, by which money is
    taken, or that what was lost is asked for once more."""
    if before is after:
        return None
    return MerchantEventType.DISPUTE_OPENED if after in UNDECIDED else MerchantEventType.DISPUTE_CLOSED
