"""A session as the API shows it: plain values, read by the bare driver."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, select

from smartcart.database.session import db, open_transaction
from smartcart.database.statements import Prepared
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import NotFound
from smartcart.payments.core.session_facts import DutyFacts, ShownFacts
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import State


@dataclass(slots=True)
class ShownSession(DutyFacts, ShownFacts):
    """Columns of a session, by their names."""

    id: str
    owner: str
    merchant: str
    order_reference: str
    amount: int
    currency: str
    description: str
    pay_url: str
    merchant_data: dict[str, str]
    state: State
    version: int
    attempts: int
    max_attempts: int
    gateway: str
    account: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    interruption: Interruption | None
    interrupted_at: datetime | None
    advice: Advice | None
    not_before: datetime | None
    action_url: str
    retry_at: datetime | None
    refund_due: bool
    refunded: int
    refund_pending: int
    refund_failed: int
    disputed_at: datetime | None
    dispute: DisputeStage | None
    refund_wanted_at: datetime | None
    released_at: datetime | None
    due_at: datetime | None


COLUMNS = [PaymentSession.__table__.c[field.name] for field in fields(ShownSession)]
_BY_ID = Prepared(select(*COLUMNS).where(PaymentSession.id == bindparam("wanted")))


def find(session_id: str) -> ShownSession:
    """A session as it is on record now. Raises NotFound."""
    if open_transaction() is not None:
        db.session.rollback()  # it would show an older truth
    rows = _BY_ID.rows(wanted=session_id)
    if not rows:
        raise NotFound
    return ShownSession(*rows[0])
