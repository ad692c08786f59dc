"""The record's way of giving many sessions more time: orders are kept while nobody can pay."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import audit_trail
from smartcart.payments.core.models import IS_AT_REST, EventKind, PaymentSession
from smartcart.rules.weather import KEPT_AT_MOST

ACTOR = "gateway weather"
WHY = "kept while the payment service is out"
# As many as are expired at once (reconciler.BATCH): it holds the writers of the shop up for as long.
BATCH = 100


def keep(less_than: datetime, until: datetime) -> int:
    """Let open sessions that nobody is at, and that end before `less_than`, end at `until`; returns how many did.

    At most a batch; none that is over, or was opened so long ago that others are to have its goods.
    """
    now = clock.now()
    which = IS_AT_REST, PaymentSession.expires_at > now, PaymentSession.expires_at < less_than
    open_ones = PaymentSession.cancel_requested_at.is_(None), PaymentSession.created_at > now - KEPT_AT_MOST
    ending = select(PaymentSession.id).where(*which, *open_ones).order_by(PaymentSession.expires_at).limit(BATCH)
    db.session.rollback()
    is_any = db.session.scalar(ending.limit(1)) is not None
    db.session.rollback()
    if not is_any:
        return 0
    with writing():
        ids = db.session.scalars(ending.with_for_update(skip_locked=True)).all()
        _change(ids, until)
    return len(ids)


def _change(ids: Sequence[str], until: datetime) -> None:
    """Their versions go up: open pages show it."""
    kept = update(PaymentSession).where(PaymentSession.id.in_(ids))
    values = kept.values(version=PaymentSession.version + 1, expires_at=until)
    db.session.execute(values.execution_options(synchronize_session=False))
    for session_id in ids:
        audit_trail.add(session_id, EventKind.EXTENDED, ACTOR, WHY)
