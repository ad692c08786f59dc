"""What the gateway did not do with a kept card comes again later, and later still, so that it holds up nothing else."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, update

from smartcart import clock, due_rows
from smartcart.database.session import db, writing
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.saved_card_model import SavedCard
from smartcart.rules import patience


def is_due(after: Any) -> ColumnElement[bool]:
    """Whether it is time to try what waits until `after`, a column; with None there it is."""
    return or_(after.is_(None), due_rows.has_come(after, patience.DAY))


def save_later(session_id: str) -> None:
    session = db.session.get_one(PaymentSession, session_id, populate_existing=True)
    later = _later_than(session.ended_at)
    kept = update(PaymentSession).where(PaymentSession.id == session_id)
    with writing():  # past the version: nothing has changed that the payment page shows
        db.session.execute(kept.values(keep_after=later).execution_options(synchronize_session=False))


def forget_later(token: str) -> None:
    with writing():
        for card in db.session.query(SavedCard).filter_by(token=token):
            card.forget_after = _later_than(card.removed_at)


def _later_than(wanted_at: datetime | None) -> datetime:
    now = clock.now()
    return now + timedelta(seconds=patience.as_long_again(wanted_at or now, now))
