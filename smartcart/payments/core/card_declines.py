"""What a bank's "no" means for a kept card, written in the record's transaction: how long it is not to be tried."""

from datetime import UTC, datetime

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.saved_card_model import SavedCard
from smartcart.rules.declines import MOST_DECLINES, WINDOW, Advice

# A moment that never comes, and that every database has.
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)


def declined(session: LockedSession, now: datetime) -> None:
    """The last attempt of a session was declined: if a kept card was tried, it is to rest as long as was advised."""
    card = db.session.scalar(select(SavedCard).where(SavedCard.token == session.method).with_for_update())
    if card is None:
        return
    if card.declined_since is None or card.declined_since <= now - WINDOW:
        card.declined_since, card.declines = now, 0
    card.declines += 1
    if session.advice is Advice.NEVER:
        card.refused_until = FOR_GOOD
    elif session.not_before:
        card.refused_until = session.not_before
    elif card.declines >= MOST_DECLINES:
        card.refused_until = card.declined_since + WINDOW
