"""A session as its page shows it: plain values, which the poll reads by the bare driver."""

from dataclasses import dataclass, fields
from datetime import datetime

from smartcart.gateways.protocol import Gateway
from smartcart.payments.core.gateway_accounts import may_be_here
from smartcart.payments.core.session_facts import DutyFacts
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import State


@dataclass(slots=True)
class Snapshot(DutyFacts):
    """All but `order_token` and `order_email` are columns of the session's by that name; those are of its order, if it
    has one."""

    id: str
    owner: str
    merchant: str
    order_reference: str
    amount: int
    currency: str
    return_url: str
    state: State
    version: int
    attempts: int
    max_attempts: int
    unsent: int
    expires_at: datetime
    extensions: int
    cancel_requested_at: datetime | None
    interruption: Interruption | None
    refusal_code: str
    advice: Advice | None
    not_before: datetime | None
    action_url: str
    action_secret: str
    retry_at: datetime | None
    gateway: str
    account: str
    refund_due: bool
    refunded: int
    refund_pending: int
    refund_failed: int
    dispute: DisputeStage | None
    refund_wanted_at: datetime | None
    letter_wanted_at: datetime | None
    released_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    order_token: str | None
    order_email: str | None

    def is_elsewhere(self, gateway: Gateway) -> bool:
        """Whether it was tried at another gateway, or another account there, than the shop works with now."""
        return self.attempts > 0 and not may_be_here(gateway, self.gateway, self.account)


COLUMNS = tuple(field.name for field in fields(Snapshot) if field.name not in ("order_token", "order_email"))
