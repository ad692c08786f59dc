"""The feed of each merchant's events: numbered without gaps, in an order that never changes, and kept for a while.

A number is given after the event is on record, by one at a time. A sequence of the database gives it before, so that
commits overtake each other, and what is rolled back leaves a gap; a counter in the payment's own transaction would make
payments wait for each other. https://www.postgresql.org/docs/current/functions-sequence.html
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Integer, RowMapping, String, Table, bindparam, delete, func, insert, literal, select, true

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute, leave_transaction, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.payments.core.merchant_event_model import FeedEpoch, MerchantEvent, MerchantFeed, UnnumberedEvent
from smartcart.rules.merchant_events import MerchantEventType

# So often events are looked for that have no number, in seconds: nobody who asks again and again sees one much later.
TICK = 0.25
# So many are numbered in one transaction, which takes some 20 ms; SQLite's other writers wait for it.
BATCH = 500
KEPT_FOR = timedelta(days=30)
# What the column holds on PostgreSQL (https://www.postgresql.org/docs/current/datatype-numeric.html).
LARGEST_NUMBER = 2**31 - 1

_UNNUMBERED = cast(Table, UnnumberedEvent.__table__)
_EVENTS, _FEEDS = cast(Table, MerchantEvent.__table__), cast(Table, MerchantFeed.__table__)
# What happens after something else has a greater id, so within a batch the ids' order is an order in which it happened.
_OLDEST = select(_UNNUMBERED).order_by(_UNNUMBERED.c.id).limit(BATCH)
_ALIKE = [column.name for column in _EVENTS.c if column.name != "number"]
_IS_ANY_UNNUMBERED = Prepared(select(_UNNUMBERED.c.id).limit(1))
_OF = bindparam("of_merchant", type_=String)
_EPOCH = func.coalesce(select(FeedEpoch.epoch).scalar_subquery(), "first")
_BEFORE_OLDEST = select(_FEEDS.c.oldest - 1).where(_FEEDS.c.merchant == _OF).scalar_subquery()
_SOME = (
    select(_EVENTS)
    .where(
        _EVENTS.c.merchant == _OF,
        _EVENTS.c.number > func.coalesce(bindparam("after", type_=Integer), _BEFORE_OLDEST, 0),
    )
    .order_by(_EVENTS.c.number)
    .limit(bindparam("many", type_=Integer))
    .subquery()
)
_ALWAYS = select(literal(1).label("always")).subquery()
_SHOWN = (_SOME.c.number, _SOME.c.event_id, _SOME.c.type, _SOME.c.created_at, _SOME.c.session)
# In one question, so that what is forgotten at this moment is there as a whole, or not at all.
_PAGE = Prepared(
    select(_EPOCH, func.coalesce(_FEEDS.c.oldest, 1), func.coalesce(_FEEDS.c.last_number, 0), *_SHOWN)
    .outerjoin_from(_ALWAYS, _FEEDS, _FEEDS.c.merchant == _OF)
    .outerjoin(_SOME, true())
    .order_by(_SOME.c.number)
)


class NumberedEvent(NamedTuple):
    """An event as it is in the feed; `session` is as the API showed it then."""

    number: int
    event_id: str
    type: MerchantEventType
    created_at: datetime
    session: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Events that follow one another, and the epoch in which their numbers hold."""

    events: Sequence[NumberedEvent]
    epoch: str


class Gone(Exception):
    """There is no such place in the feed: it is before the oldest number that is kept, or after the last."""

    def __init__(self, oldest: int, last: int, epoch: str) -> None:
        super().__init__(f"the feed goes from {oldest} to {last}")
        self.oldest, self.last, self.epoch = oldest, last, epoch


def read(merchant: str, after: int | None, limit: int) -> Page:
    """The next events of a merchant, at most `limit`: after a number, or from the oldest that is kept. Raises Gone."""
    leave_transaction()
    rows = _PAGE.rows(of_merchant=merchant, after=after, many=limit)
    epoch, oldest, last = rows[0][:3]
    if after is not None and not oldest - 1 <= after <= last:
        raise Gone(oldest, last, epoch)
    return Page([NumberedEvent(*row[3:]) for row in rows if row[3] is not None], epoch)


def give_numbers() -> int:
    """Number all events that are on record and have no number; returns how many.

    Any number of processes may be at it. Whoever dies meanwhile has given none of the batch.
    """
    numbered = 0
    while some := _number_some():
        numbered += some
    return numbered


def forget_old() -> int:
    """Forget events of a month ago, of each merchant from the oldest on; returns how many."""
    db.session.rollback()
    merchants = db.session.scalars(select(MerchantFeed.merchant)).all()
    return sum(_forget_of(merchant) for merchant in merchants)


def _number_some() -> int:
    leave_transaction()
    if not _IS_ANY_UNNUMBERED.rows():  # the ordinary case, which costs no write
        return 0
    with writing():
        queue_for("numbers of merchants' events")
        found = execute(_OLDEST).mappings().all()
        if found:
            _add_to_feeds(found)
            execute(delete(_UNNUMBERED).where(_UNNUMBERED.c.id.in_([each["id"] for each in found])))
    return len(found)


def _add_to_feeds(found: Sequence[RowMapping]) -> None:
    """Add the events to the feeds of their merchants, each at the next place."""
    last = Counter(_last_numbers({each["merchant"] for each in found}))
    numbered = []
    for event in found:
        last[event["merchant"]] += 1
        numbered.append({name: event[name] for name in _ALIKE} | {"number": last[event["merchant"]]})
    execute(insert(_EVENTS), numbered)
    new = insert_into(MerchantFeed)
    replaced = {"last_number": new.excluded.last_number}
    rows = [{"merchant": merchant, "last_number": number} for merchant, number in last.items()]
    execute(new.on_conflict_do_update(index_elements=[MerchantFeed.merchant], set_=replaced), rows)


def _last_numbers(merchants: Collection[str]) -> dict[str, int]:
    """Of those who have been given any."""
    known = select(_FEEDS.c.merchant, _FEEDS.c.last_number).where(_FEEDS.c.merchant.in_(merchants))
    return dict(map(tuple, execute(known)))


def _forget_of(merchant: str) -> int:
    oldest = _raise_oldest(merchant)
    return forget(MerchantEvent, MerchantEvent.merchant == merchant, MerchantEvent.number < oldest)


def _raise_oldest(merchant: str) -> int:
    """The oldest number that is kept from now on. What is before it is shown to nobody, and may go in any order."""
    db.session.rollback()
    feed = db.session.get_one(MerchantFeed, merchant, populate_existing=True)
    if (young := _first_young(feed)) == feed.oldest:
        return young
    with writing():
        feed = db.session.get_one(MerchantFeed, merchant, with_for_update=True, populate_existing=True)
        feed.oldest = _first_young(feed)
    return feed.oldest


def _first_young(feed: MerchantFeed) -> int:
    """By its number, and not by its time alone: clocks of several machines differ, and a feed has no gaps."""
    kept = select(MerchantEvent.number).where(
        MerchantEvent.merchant == feed.merchant,
        MerchantEvent.number >= feed.oldest,
        MerchantEvent.created_at >= clock.now() - KEPT_FOR,
    )
    return db.session.scalar(kept.order_by(MerchantEvent.number).limit(1)) or feed.last_number + 1
