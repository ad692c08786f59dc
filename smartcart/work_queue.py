"""Work that is on record as rows which come due: claimed, carried out, and then done, or tried again later.

A row is due from its `due_at` on, and with None there it is nobody's business. To claim it is to move that to the end
of the claim: when whoever claimed it dies, it comes due again by itself. Any number of threads and processes may be at
it. What the rows are about is known by those who hand their kinds in.
"""

import logging
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from threading import Event
from time import monotonic
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, SQLColumnExpression, Table, and_, bindparam, case, literal, update

from smartcart import clock, due_rows
from smartcart.database import faults
from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.rules import patience

log = logging.getLogger(__name__)

# Where an app has the queue that is worked in its process.
AT_WORK = "work_queue"
# Who claims looks at so many times as many as it takes: past those that others claim at this moment. As many processes
# as that can come at once without one of them going away with nothing.
CHOICE = 4
# While what was claimed ahead waits for others of its group, those of another are looked for so often: to find none
# takes as long as to find some, and each that is done, or comes due, would look. In seconds.
OTHERS = 0.25


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of row, by its model, which has an `id` and a `due_at`, and what is done for one.

    `attend` does it, or returns the work that goes on elsewhere; `room` says how many more that can be now. A claim
    lasts for `lease` seconds, and none is ever due later than in `longest` seconds. Rows of one `group`, a column that
    is never NULL, take turns with those of others, and `at_once` of them at most are under way in this process.
    `ahead` are claimed at once where so many are due, and wait here for their room: whose turn is next is looked up
    once for all of them. Each is begun while there are `takes` seconds left of its claim, or else given back. `early`
    says which of those that nobody has claimed may be so before they are due, if any.
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
    takes: float = 0.0
    early: Callable[[], ColumnElement[bool] | None] = lambda: None


@dataclass(frozen=True)
class Claim:
    """A row that whoever claimed it has until then. Who comes later than that may have lost it, and changes nothing."""

    kind: Kind
    id: str
    until: datetime
    group: str
    was_due: datetime


class WorkQueue:
    """Attends to all that is due of some kinds, in turns, as much at once as there is room for. One thread works it."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = deque(kinds)
        self._ahead: dict[Kind, list[Claim]] = defaultdict(list)
        self._under_way: dict[Claim, Future[None]] = {}
        self._looks_again_at: dict[Kind, float] = {}
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

    def give_back(self) -> int:
        """Leave what was claimed ahead to others, at the end; returns how many rows."""
        return sum(_give_back(self._ahead.pop(kind)) for kind in list(self._ahead))

    def wake(self) -> None:
        """Something has come due, or there is room again."""
        self._woken.set()

    def wait(self, seconds: float) -> None:
        """Until it is woken, or so long at most, by the clock that nobody sets. What came meanwhile counts."""
        self._woken.wait(min(seconds, OTHERS) if any(self._ahead.values()) else seconds)
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
        """So many at most, first of those claimed ahead."""
        self._give_back_late(kind)
        claims = self._taken(kind, room)
        if room > 0 and not claims and self._may_look(kind):
            self._ahead[kind] += claim_due(kind, max(room, kind.ahead), self._busy(kind))
            claims = self._taken(kind, room)
        return claims

    def _may_look(self, kind: Kind) -> bool:
        """Not at once again where what waits here shows that there was enough, and of a group that is full."""
        now = monotonic()
        if self._ahead[kind] and now < self._looks_again_at.get(kind, now):
            return False
        self._looks_again_at[kind] = now + OTHERS
        return True

    def _give_back_late(self, kind: Kind) -> None:
        """What has waited here for too long may be begun by whoever has room, in its turn."""
        begins_by = clock.now() + timedelta(seconds=kind.takes)
        late = [claim for claim in self._ahead[kind] if claim.until <= begins_by]
        self._ahead[kind] = [claim for claim in self._ahead[kind] if claim.until > begins_by]
        _give_back(late)

    def _taken(self, kind: Kind, room: int) -> list[Claim]:
        """Of those claimed ahead, as many as there is room for, and of a group no more than may be under way."""
        busy, taken, left = self._busy(kind), list[Claim](), list[Claim]()
        for claim in self._ahead[kind]:
            if len(taken) < room and (kind.at_once is None or busy[claim.group] < kind.at_once):
                busy[claim.group] += 1
                taken.append(claim)
            else:
                left.append(claim)
        self._ahead[kind] = left
        return taken

    def _busy(self, kind: Kind) -> Counter[str]:
        """How many of each group are under way."""
        return Counter(claim.group for claim in list(self._under_way) if claim.kind is kind)

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
    ids = due_rows.next_ids(kind, limit * CHOICE, busy or {}) if limit > 0 and due_rows.may_be_due(kind) else []
    if not ids:  # the ordinary case, which costs no write
        return []
    group = literal("") if kind.group is None else kind.group
    turn = case({each: number for number, each in enumerate(ids)}, value=kind.model.id)
    in_question = due_rows.due(kind, kind.model.id, group, kind.model.due_at).where(kind.model.id.in_(ids))
    chosen = in_question.order_by(turn).limit(limit)
    with writing():
        until = clock.now() + timedelta(seconds=kind.lease)
        claimed = db.session.execute(chosen.with_for_update(skip_locked=True)).all()
        _change(kind, kind.model.id.in_([row_id for row_id, *_ in claimed]), due_at=until)
    return [Claim(kind, row_id, until, group, was_due) for row_id, group, was_due in claimed]


def _give_back(claims: Sequence[Claim]) -> int:
    """They are due again as they were, for nothing was begun of them; returns how many."""
    return sum(_settle(claim, due_at=claim.was_due) for claim in claims)


def is_any_due(kind: Kind) -> bool:
    """Whether anything is, which costs one look into an index."""
    return bool(due_rows.read(due_rows.due(kind, kind.model.id).limit(1)))


def done(claim: Claim, **values: Any) -> bool:
    """Nobody comes back to it; `values` say whether it was carried out, or given up. False when the claim was lost."""
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


def _settle(claim: Claim, **values: Any) -> bool:
    with writing():
        return _held(claim.kind.model.__table__).change(claimed=claim.id, until=claim.until, **values) > 0


@cache
def _held(table: Table) -> Prepared:
    """The change of a row that is still of whoever has its claim."""
    return Prepared(update(table).where(table.c.id == bindparam("claimed"), table.c.due_at == bindparam("until")))


def _change(kind: Kind, which: ColumnElement[bool], **values: Any) -> int:
    """Change rows past the unit of work; returns how many."""
    changed: Any = db.session.execute(
        update(kind.model).where(which).values(values).execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)
