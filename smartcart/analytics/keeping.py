"""The job that keeps the figures: takes events in where it left off, exactly once, in any number of processes.

It counts what each payment adds now, less what it added before these events: both follow from the trail alone, which is
only ever added to. What it writes, and how far it has come, are one transaction; who finds that somebody else has gone
on meanwhile writes nothing.
"""

from collections import Counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from smartcart.analytics import trail
from smartcart.analytics.contribution import contribution
from smartcart.analytics.figures import Cell
from smartcart.analytics.models import FigureKept, Place
from smartcart.database.session import db, execute, writing
from smartcart.database.upsert import insert_into, insert_new

# So often the job comes by, in seconds: figures are that old at most while it keeps up.
TICK = 5.0
# So many events are taken in at once: some 100 payments. It takes 120 ms, a few of which are a transaction.
BATCH = 500
# And so many at one turn: a tenth of a core at most, while the events of years are taken in after an upgrade, which
# leaves the machine to the shop's visitors; and 100 payments a second, all day. Who cannot wait calls
# `smartcart analytics`.
TURN = 2_000
THE_ONE = 1


class Reached(NamedTuple):
    """The last event that was taken in, and the zone of the days in which they are counted. Values, which stay as they
    were read whatever becomes of the row."""

    event: int
    zone: str


def keep_up(zone: ZoneInfo, most: int = TURN) -> int:
    """Take in what has happened since, but no more than so many events; returns how many they were.

    `zone` is in whose days they are counted, from the first time on.
    """
    taken = 0
    if _is_any_new() and (up_to := trail.last_certain()):
        while taken < most and (some := _take_in_some(zone, up_to)):
            taken += some
    return taken


def reached() -> Reached | None:
    """How far it has come; None before the first time."""
    db.session.rollback()
    row = db.session.execute(select(Place.event, Place.zone)).one_or_none()
    return Reached(*row) if row else None


def begin_anew(zone: ZoneInfo) -> None:
    """Forget all figures, so that they are counted again from the first event on, in days of that zone."""
    with writing():
        _make_place(zone)
        execute(update(Place).values(event=0, zone=zone.key))
        execute(delete(FigureKept))


def _is_any_new() -> bool:
    """Often there is none, and that costs two looks and no write."""
    since = reached()
    return trail.newest() > (since.event if since else 0)


def _take_in_some(zone: ZoneInfo, up_to: int) -> int:
    since = reached() or _first_place(zone)
    events = trail.events_after(since.event, up_to, BATCH)
    if not events:
        return 0
    last = max(events)
    changes = _changes(set(events.values()), since, last)
    db.session.rollback()
    with writing():
        if _go_on(since, last):
            _add(changes)
    return len(events)


def _changes(session_ids: set[str], since: Reached, up_to: int) -> Counter[Cell]:
    """By how much each number changes that these sessions have a part in."""
    zone = ZoneInfo(since.zone)
    changes: Counter[Cell] = Counter()
    for told in trail.told_of(session_ids, up_to):
        changes.update(contribution(told.until(up_to), zone))
        changes.subtract(contribution(told.until(since.event), zone))
    return changes


def _first_place(zone: ZoneInfo) -> Reached:
    with writing():
        _make_place(zone)
    return reached() or Reached(0, zone.key)


def _make_place(zone: ZoneInfo) -> None:
    insert_new(Place, id=THE_ONE, event=0, zone=zone.key)


def _go_on(since: Reached, last: int) -> bool:
    """Whether nobody else has gone on from there, or begun anew; from now on we have."""
    unmoved = update(Place).where(Place.event == since.event, Place.zone == since.zone)
    return execute(unmoved.values(event=last)).rowcount == 1


def _add(changes: Counter[Cell]) -> None:
    new = insert_into(FigureKept)
    added = {"number": FigureKept.number + new.excluded.number}
    rows = [{**cell._asdict(), "number": number} for cell, number in changes.items() if number]
    if rows:
        execute(new.on_conflict_do_update(index_elements=Cell._fields, set_=added), rows)
