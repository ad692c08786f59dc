"""What the gateway did not do with a kept card comes again later, and later still, so that it holds up nothing else."""

from datetime import datetime, timedelta

from sqlalchemy import update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.saved_card_model import SavedCard

# Each wait is as long as all before it together, and a day at most; the timetable comes by once in a minute.
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=1)


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
    return now + min(max(now - (wanted_at or now), SHORTEST), LONGEST)
