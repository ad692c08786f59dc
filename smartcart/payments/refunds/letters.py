"""Which steps of a refund its shopper is written about: written down with the step, sent by the mail room.

What the shopper's bank takes back by a dispute, the bank tells itself.
"""

from datetime import datetime, timedelta

from smartcart import clock
from smartcart.outbox import effects as outbox
from smartcart.outbox.models import EffectKind, Receiver
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.refund_model import Refund

# Nearly every refund is made as soon as it is asked for, and one letter about that is enough.
UNLESS_MADE_WITHIN = timedelta(seconds=60)


def requested(session: LockedSession, refund: Refund) -> None:
    """It is due only when it may still be on its way."""
    _write(EffectKind.REFUND_REQUESTED, session, refund, clock.now() + UNLESS_MADE_WITHIN)


def made(session: LockedSession, refund: Refund) -> None:
    _write(EffectKind.REFUND_MADE, session, refund)


def failed(session: LockedSession, refund: Refund) -> None:
    """It was refused, or it was made and has come back."""
    _write(EffectKind.REFUND_FAILED, session, refund)


def _write(kind: EffectKind, session: LockedSession, refund: Refund, at: datetime | None = None) -> None:
    """Once for each refund and step. Of a merchant's order nobody's address is known here."""
    if session.order_id:
        outbox.write(kind, session.id, Receiver.MAIL, refund.id, at)
