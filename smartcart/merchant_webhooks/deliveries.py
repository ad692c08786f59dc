"""Deliveries: one for each event of an endpoint's feed, made from the place up to which it was read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.session import db, execute, leave_transaction, writing
from smartcart.database.statements import Prepared
from smartcart.merchant_webhooks.models import DeliveryFate, WebhookDelivery, WebhookEndpoint
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.merchant_event_model import MerchantFeed
from smartcart.payments.core.merchant_feed import Gone, NumberedEvent

# So many events are read, and get their deliveries, in one transaction; SQLite's other writers wait for it.
BATCH = 200
# Deliveries hold what receivers have answered: as long as one may ask after them.
KEPT_FOR = timedelta(days=30)
# As many as one page shows.
PAGE = 50
# Where there is something to read. All of these rows are few: an endpoint each. Several times a second there is none.
_BEHIND = (
    select(WebhookEndpoint)
    .join(MerchantFeed, MerchantFeed.merchant == WebhookEndpoint.merchant)
    .where(WebhookEndpoint.off_at.is_(None), MerchantFeed.last_number > WebhookEndpoint.read_up_to)
)
_IS_ANY_BEHIND = Prepared(_BEHIND.with_only_columns(WebhookEndpoint.id).limit(1))


def read_on() -> int:
    """Make the deliveries of all events that have a number; returns how many.

    Any number of processes may be at it. Whoever dies meanwhile has read nothing.
    """
    made = 0
    while behind := _behind():
        made += sum(_read_some(endpoint) for endpoint in behind)
    return made


def find(delivery_id: int) -> WebhookDelivery | None:
    """As it is on record now."""
    db.session.rollback()
    return db.session.get(WebhookDelivery, delivery_id, populate_existing=True)


def newest(endpoint_id: str, before: int) -> Sequence[WebhookDelivery]:
    """The newest of an endpoint, of those whose number in the feed is before that one."""
    of_it = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.number < before)
    return db.session.scalars(of_it.order_by(WebhookDelivery.number.desc()).limit(PAGE)).all()


def send_again(delivery_id: int) -> bool:
    """A person wants it sent once more, with the whole schedule anew. False where somebody may be at it."""
    found = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id, WebhookDelivery.due_at.is_(None))
    with writing():
        again = execute(found.values(fate=DeliveryFate.WAITING, due_at=clock.now(), tries=0))
        return again.rowcount > 0


def bring_forward(endpoint_id: str, later_than: datetime) -> None:
    """The receiver is back: what was to be tried again later than that is due now."""
    waiting = (WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.due_at > later_than)
    with writing():
        execute(update(WebhookDelivery).where(*waiting).values(due_at=clock.now()))


def forget_old() -> int:
    """Forget deliveries of a month ago, from the oldest on, and those of endpoints that are gone; returns how many."""
    oldest_kept = _oldest_kept()
    old = forget(WebhookDelivery, WebhookDelivery.id < oldest_kept, WebhookDelivery.due_at.is_(None))
    return old + forget(WebhookDelivery, WebhookDelivery.endpoint_id.not_in(select(WebhookEndpoint.id)))


def _behind() -> Sequence[WebhookEndpoint]:
    leave_transaction()
    if not _IS_ANY_BEHIND.rows():
        return ()
    found = db.session.scalars(_BEHIND).all()
    leave_transaction()
    return found


def _read_some(endpoint: WebhookEndpoint) -> int:
    """Move its place in the feed on, with a delivery for each event that it wants; returns how many."""
    after, events = _events_after(endpoint.merchant, endpoint.read_up_to)
    wanted = [event for event in events if not endpoint.types or event.type in endpoint.types]
    here = (WebhookEndpoint.id == endpoint.id, WebhookEndpoint.read_up_to == endpoint.read_up_to)
    there = events[-1].number if events else after
    with writing():
        moved = execute(update(WebhookEndpoint).where(*here).values(read_up_to=there)).rowcount
        if moved and wanted:  # else another was here first
            execute(insert(WebhookDelivery), [_row(endpoint, event) for event in wanted])
    return len(wanted) if moved else 0


def _events_after(merchant: str, number: int) -> tuple[int, Sequence[NumberedEvent]]:
    """The next of its events, and behind which number: behind the oldest that is kept, if some are gone."""
    try:
        return number, merchant_feed.read(merchant, number, BATCH).events
    except Gone as gone:
        return gone.oldest - 1, ()


def _row(endpoint: WebhookEndpoint, event: NumberedEvent) -> dict[str, Any]:
    now = clock.now()
    return {
        "endpoint_id": endpoint.id,
        "merchant": endpoint.merchant,
        "number": event.number,
        "event_id": event.event_id,
        "type": event.type,
        "is_thin": endpoint.is_thin,
        "created_at": now,
        "due_at": now,
        "fate": DeliveryFate.WAITING,
        "tries": 0,
        "url": endpoint.url,
        "answer": "",
        "problem": "",
    }


def _oldest_kept() -> int:
    db.session.rollback()
    young = select(WebhookDelivery.id).where(WebhookDelivery.created_at >= clock.now() - KEPT_FOR)
    newest_first = select(WebhookDelivery.id).order_by(WebhookDelivery.id.desc()).limit(1)
    return db.session.scalar(young.order_by(WebhookDelivery.id).limit(1)) or (db.session.scalar(newest_first) or 0) + 1
