"""What follows from a session's columns, said once for every shape that has them (`models` tells which there are)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from smartcart.gateways.protocol import Handle
from smartcart.rules.patience import overlooked_since
from smartcart.rules.payment_states import (
    AT_REST,
    MONEY,
    Money,
    has_expired,
    is_cancelling,
    is_paid_after_cancel,
    is_returning,
)


class SessionFacts:
    """For a shape with the columns `state`, `expires_at`, `cancel_requested_at` and `refund_due`."""

    __slots__ = ()

    if TYPE_CHECKING:  # mapped columns in the one shape, fields in the others
        state: Any
        expires_at: Any
        cancel_requested_at: Any
        refund_due: Any

    @property
    def money(self) -> Money:
        return MONEY[self.state]

    @property
    def cancelling(self) -> bool:
        """Whether somebody wants it cancelled and it is not yet."""
        return is_cancelling(self.state, self.cancel_requested_at)

    @property
    def returning(self) -> bool:
        """Whether its money was taken for what cannot be fulfilled, and is not given back yet."""
        return is_returning(self.state, self.refund_due)

    @property
    def paid_after_cancel(self) -> bool:
        """Whether its money was taken although somebody had asked to cancel, and nobody gives it back by itself."""
        return is_paid_after_cancel(self.state, self.cancel_requested_at, self.refund_due)

    def expired(self, now: datetime) -> bool:
        """Whether it is out of time, whether or not the sweep has come by."""
        return has_expired(self.state, self.expires_at, now)


class DutyFacts(SessionFacts):
    """For a shape that also has the columns `due_at` and `ended_at`."""

    __slots__ = ()

    if TYPE_CHECKING:
        due_at: Any
        ended_at: Any

    def needs_a_look(self, now: datetime, interval: float) -> bool:
        """Whether reading it may do something: it is out of time, or due for so long that nobody seems to come by."""
        if self.state in AT_REST and self.expired(now):
            return True
        due_at = self.ended_at if self.returning else self.due_at
        return due_at is not None and due_at <= overlooked_since(interval, now)


class ShownFacts(SessionFacts):
    """For a shape that also has what programs are shown (`session_json`)."""

    __slots__ = ()

    if TYPE_CHECKING:
        id: Any
        owner: Any
        order_reference: Any
        amount: Any
        currency: Any
        description: Any
        pay_url: Any
        merchant_data: Any
        version: Any
        attempts: Any
        max_attempts: Any
        gateway: Any
        account: Any
        created_at: Any
        interruption: Any
        interrupted_at: Any
        advice: Any
        not_before: Any
        action_url: Any
        retry_at: Any
        refunded: Any
        refund_pending: Any
        refund_failed: Any
        disputed_at: Any
        dispute: Any
        refund_wanted_at: Any
        released_at: Any


class ChargeFacts(SessionFacts):
    """For a shape that also has what a charge needs."""

    __slots__ = ()

    if TYPE_CHECKING:
        id: Any
        order_reference: Any
        reference: Any
        customer: Any
        amount: Any
        currency: Any
        attempts: Any
        max_attempts: Any

    @property
    def attempts_left(self) -> int:
        return int(self.max_attempts - self.attempts)

    def handle(self) -> Handle:
        """What the gateway is shown when it is asked about this session."""
        return Handle(self.id, self.reference, self.amount, self.currency, self.customer, self.order_reference)
