"""Which payments met a fraud rule or a card scheme's limit lately, as their trails have it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core.models import IS_JUDGED, Event, PaymentSession

# As many as are read at a glance; in an attack they are of the last seconds.
MOST = 20


class MetLately(NamedTuple):
    """When, in which payment, and what was done by which rule."""

    at: datetime
    session_id: str
    order_reference: str
    detail: str


def newest() -> Sequence[MetLately]:
    """The newest first."""
    met = select(Event.at, Event.session_id, PaymentSession.order_reference, Event.detail)
    of = met.join(PaymentSession, PaymentSession.id == Event.session_id).where(IS_JUDGED)
    return [MetLately(*row) for row in db.session.execute(of.order_by(Event.at.desc()).limit(MOST))]
