"""Work that is on record as rows which come due: claimed, carried out, and then done, or tried again later.

A row is due from its `due_at` on, and with None there it is nobody's business. To claim it is to move that to the end
of the claim: when whoever claimed it dies, it comes due again by itself. Any number of threads and processes may be at
it. What the rows are about is known by those who hand their kinds in.
"""

import logging
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from threading import Event
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Table, and_, case, func, literal, or_, select, update

from smartcart import clock
from smartcart.database import faults
from smartcart.database.session import db, leave_transaction, writing
from smartcart.database.statements import Prepared
from smartcart.rules import patience

log = logging.getLogger(__name__)

# Where an app has the queue that is worked in its process.
AT_WORK = "work_queue"
# Who claims looks at so many times as many as it takes: past those that others claim at this moment. As many processes
# as that can come at once without one of them going away with nothing.
CHOICE = 4
# Groups take turns among so many of the oldest rows: to rank 100,000 took 0.3 s for each claim, these take 0.03 s.
SEEN = 5000


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of row, by its model, which has an `id` and a `due_at`, and what is done for one.

    `attend` does it, or returns the work that goes on elsewhere; `room` says how many more that can be now. A claim
    lasts for `lease` seconds, and none is ever due later than in `longest` seconds. Rows of one `group`, a column that
    is never NULL, take turns with those of others, and `at_once` of them at most are under way in this process.
    `ahead` are claimed at once where so many are due, and wait here for their room: whose turn is next is looked up
    once for all of them. `early` says which of those that nobody has claimed may be so before they are due, if any.
    """

    model: type[Any]
    attend: Callable[["Claim"], Future[None] | None]
    room: Callable[[], int]
    lease: float
    longest: float
    which: Sequence[ColumnElement[bool]] = ()
    group: SQLColumnExpression[str] | None = None
    at_once: int | None = None
    ahead: int = 1
    early: Callable[[], ColumnElement[bool] | None] = lambda: None


@dataclass(frozen=True)
class Claim:
    """A row that whoever claimed it has until then. Who comes later than that may have lost it, and changes nothing."""

    kind: Kind
    id: str
    until: datetime
    group: str


class WorkQueue:
    """Attends to all that is due of some kinds, in turns, as much at once as there is room for. One thread works it."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = deque(kinds)
        self._ahead: dict[Kind, list[Claim]] = {kind: [] for kind in kinds}
        self._under_way: dict[Claim, Future[None]] = {}
        self._woken = Event()

    def finish(self, tick: float) -> int:
        """Attend to what is due until nothing is left or under way; returns how many rows.

        It looks again when it is woken, when something is done, and every `tick` seconds.
        """
        attended = self.begin_due()
        while self._under_way:
            self.wait(tick)
            attended += self.begin_due()
        return attended

    def begin_due(self) -> int:
        """Begin all that is due and has room now; returns how many rows. What hangs elsewhere is not waited for."""
        begun = 0
        while batch := sum(self._begin(kind, len(self._kinds) - place) for place, kind in enumerate(self._kinds)):
            begun += batch
            self._kinds.rotate(-1)  # where there is room for one alone, it is the next kind's
        return begun

    def wake(self) -> None:
        """Something has come due, or there is room again."""
        self._woken.set()

    def wait(self, seconds: float) -> None:
        """Until it is woken, or so long at most, by the clock that nobody sets. What came meanwhile counts."""
        self._woken.wait(seconds)
        self._woken.clear()

    def _begin(self, kind: Kind, kinds_left: int) -> int:
        """Begin what is due of one kind, with its share of the room that is left; returns how many rows."""
        claims = self._claims(kind, -(-kind.room() // kinds_left))
        for claim in claims:
            if (work := _attend(claim)) is not None:
                self._under_way[claim] = work
                work.add_done_callback(partial(self._done, claim))
        return len(claims)

    def _claims(self, kind: Kind, room: int) -> list[Claim]:
        """So many at most, of those claimed ahead, which have come due for others again when they waited too long."""
        ahead = [claim for claim in self._ahead[kind] if claim.until > clock.now()]
        if room > 0 and not ahead:
            busy = Counter(claim.group for claim in list(self._under_way) if claim.kind is kind)
            ahead = claim_due(kind, max(room, kind.ahead), busy)
        self._ahead[kind] = ahead[max(room, 0) :]
        return ahead[: max(room, 0)]

    def _done(self, claim: Claim, _: Future[None]) -> None:
        del self._under_way[claim]
        self.wake()


def _attend(claim: Claim) -> Future[None] | None:
    """A row that breaks keeps no other waiting, and comes due again as its claim ends. Raises the database's faults."""
    try:
        return claim.kind.attend(claim)
    except Exception as error:
        if faults.is_fault(error):
            raise
        log.exception("%s %s could not be attended to", claim.kind.model.__tablename__, claim.id)
        return None


def wake() -> bool:
    """Something has come due, and that is committed: whoever works in this process looks at once. False for nobody."""
    queue: WorkQueue | None = current_app.extensions.get(AT_WORK)
    if queue is not None:
        queue.wake()
    return queue is not None


def claim_due(kind: Kind, limit: int, busy: Mapping[str, int] | None = None) -> list[Claim]:
    """Claim rows whose time has come, at most `limit`; `busy` says how many of each group are under way."""
    ids = _next(kind, limit * CHOICE, busy or {}) if limit > 0 and _may_be_due(kind) else []
    if not ids:  # the ordinary case, which costs no write
        return []
    turn = case({each: number for number, each in enumerate(ids)}, value=kind.model.id)
    chosen = _due(kind, kind.model.id, _group(kind)).where(kind.model.id.in_(ids)).order_by(turn).limit(limit)
    with writing():
        until = clock.now() + timedelta(seconds=kind.lease)
        claimed = db.session.execute(chosen.with_for_update(skip_locked=True)).all()
        _change(kind, kind.model.id.in_([row_id for row_id, _ in claimed]), due_at=until)
    return [Claim(kind, row_id, until, group) for row_id, group in claimed]


def is_any_due(kind: Kind) -> bool:
    """Whether anything is, which costs one look into an index."""
    return bool(_read(_due(kind, kind.model.id).limit(1)))


def done(claim: Claim, **values: Any) -> bool:
    """Nobody comes back to it; `values` of the row say whether it was carried out, or given up to a person.

    False when the claim was lost.
    """
    return _settle(claim, due_at=None, **values)


def again_later(claim: Claim, tries: int, interval: float, longest: float | None = None, **values: Any) -> bool:
    """It comes due again, the later the more `tries` there were: in `interval` seconds after the first, and in
    `longest` at most, or else in the longest of its kind.

    False when the claim was lost.
    """
    longest = longest or claim.kind.longest
    wait = patience.backoff(tries, interval, longest, random.random())  # noqa: S311  # nothing secret
    return _settle(claim, due_at=clock.now() + timedelta(seconds=wait), tries=tries, **values)


def bring_forward(kind: Kind, within: float = 0.0) -> int:
    """Let nothing be due later than in so many seconds, in the transaction that is open; returns how many rows were."""
    latest = clock.now() + timedelta(seconds=within)
    return _change(kind, and_(kind.model.due_at > latest, *kind.which), due_at=latest)


def _may_be_due(kind: Kind) -> bool:
    """Whether a claim may find any, whatever else it asks of them: each kind is looked for several times a second, and
    to look at both ends of the index takes a tenth of the time of the question in full.
    """
    if kind.early() is not None:
        return True
    leave_transaction()
    [ends] = _ends(kind.model.__table__).rows()
    return any(moment is not None and patience.is_due(moment, clock.now(), kind.longest) for moment in ends)


@cache
def _ends(table: Table) -> Prepared:
    """The first and the last moment at which a row is due."""
    due_at = table.c.due_at
    first, last = (select(end(due_at)).where(due_at.is_not(None)) for end in (func.min, func.max))
    return Prepared(select(first.scalar_subquery(), last.scalar_subquery()))


def _next(kind: Kind, limit: int, busy: Mapping[str, int]) -> Sequence[Any]:
    """The ids of those whose turn is next: the oldest, and with groups those of whose group the fewest go before."""
    if kind.group is None:
        return _read(_due(kind, kind.model.id).order_by(kind.model.due_at).limit(limit))
    full = [group for group, under_way in busy.items() if kind.at_once is not None and under_way >= kind.at_once]
    oldest = _due(kind, kind.model.id, kind.model.due_at, kind.group.label("of")).where(kind.group.not_in(full))
    seen = oldest.order_by(kind.model.due_at).limit(SEEN).subquery()
    under_way = case(dict(busy), value=seen.c.of, else_=0) if busy else literal(0)
    place = func.row_number().over(partition_by=seen.c.of, order_by=seen.c.due_at) + under_way
    ranked = select(seen.c.id, seen.c.due_at, place.label("place")).subquery()
    in_turn = select(ranked.c.id).order_by(ranked.c.place, ranked.c.due_at).limit(limit)
    return _read(in_turn if kind.at_once is None else in_turn.where(ranked.c.place <= kind.at_once))


def _due(kind: Kind, *columns: Any) -> Select[Any]:
    due, early = has_come(kind.model.due_at, kind.longest), kind.early()
    if early is not None:
        # Farther off than a claim lasts, so none has been made.
        due = or_(due, and_(kind.model.due_at > clock.now() + timedelta(seconds=kind.lease), early))
    return select(*columns).where(due, *kind.which)


def has_come(moment: Any, longest: float) -> ColumnElement[bool]:
    """Whether a row's moment has come, as `patience.is_due` says it: no clock that was wrong keeps anything waiting."""
    now = clock.now()
    return or_(moment <= now, moment > now + timedelta(seconds=longest))


def _group(kind: Kind) -> Any:
    return literal("") if kind.group is None else kind.group


def _read(query: Select[Any]) -> Sequence[Any]:
    """In a transaction of its own: one from before would show an older truth, and one left open stop a checkpoint."""
    db.session.rollback()
    found = db.session.scalars(query).all()
    db.session.rollback()
    return found


def _settle(claim: Claim, **values: Any) -> bool:
    model = claim.kind.model
    with writing():
        return _change(claim.kind, (model.id == claim.id) & (model.due_at == claim.until), **values) > 0


def _change(kind: Kind, which: ColumnElement[bool], **values: Any) -> int:
    """Change rows past the unit of work; returns how many."""
    changed: Any = db.session.execute(
        update(kind.model).where(which).values(values).execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)
