"""The feed of each merchant's events: numbered without gaps, in an order that never changes, and kept for a while.

A number is given after the event is on record, by one at a time. A sequence of the database gives it before, so that
commits overtake each other, and what is rolled back leaves a gap; a counter in the payment's own transaction would make
payments wait for each other. https://www.postgresql.org/docs/current/functions-sequence.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Integer, String, Table, bindparam, func, literal, select, true, update

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.session import db, execute, leave_transaction, queue_for, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.payments.core.merchant_event_model import HAS_NO_NUMBER, FeedEpoch, MerchantEvent, MerchantFeed
from smartcart.rules.merchant_events import MerchantEventType

# So often events are looked for that have no number, in seconds: nobody who asks again and again sees one much later.
TICK = 0.25
# So many are numbered in one transaction, which takes some 20 ms; SQLite's other writers wait for it.
BATCH = 500
KEPT_FOR = timedelta(days=30)
# What the column holds on PostgreSQL (https://www.postgresql.org/docs/current/datatype-numeric.html).
LARGEST_NUMBER = 2**31 - 1

_EVENTS, _FEEDS = cast(Table, MerchantEvent.__table__), cast(Table, MerchantFeed.__table__)
_WAITING = select(_EVENTS.c.id, _EVENTS.c.merchant).where(HAS_NO_NUMBER).order_by(_EVENTS.c.id)
_IS_ANY_WAITING = Prepared(_WAITING.limit(1))
# What happens after something else has a greater id, so within a batch the ids' order is an order in which it happened.
_BATCH = _WAITING.limit(BATCH).subquery()
_LAST_NUMBER = func.coalesce(_FEEDS.c.last_number, 0)
_PLACE = func.row_number().over(partition_by=_BATCH.c.merchant, order_by=_BATCH.c.id)
_NUMBERS = (
    select(_BATCH.c.id, (_LAST_NUMBER + _PLACE).label("number"))
    .outerjoin_from(_BATCH, _FEEDS, _FEEDS.c.merchant == _BATCH.c.merchant)
    .subquery()
)
_GIVE_NUMBERS = (
    update(_EVENTS)
    .where(_EVENTS.c.id == _NUMBERS.c.id)
    .values(number=_NUMBERS.c.number)
    .returning(_EVENTS.c.merchant, _EVENTS.c.number)
)
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
    select(_EPOCH, func.coalesce(_FEEDS.c.oldest, 1), _LAST_NUMBER, *_SHOWN)
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
    if not _IS_ANY_WAITING.rows():  # the ordinary case, which costs no write
        return 0
    with writing():
        queue_for("numbers of merchants' events")
        given = sorted(execute(_GIVE_NUMBERS).all(), key=lambda row: row.number)
        last = [{"merchant": merchant, "last_number": number} for merchant, number in dict(map(tuple, given)).items()]
        if last:
            new = insert_into(MerchantFeed)
            replaced = {"last_number": new.excluded.last_number}
            execute(new.on_conflict_do_update(index_elements=[MerchantFeed.merchant], set_=replaced), last)
    return len(given)


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
