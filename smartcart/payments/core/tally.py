"""Figures that are kept up while payments move: to tell them costs the same however many payments there were.

Each change is a row of its own, written in the transaction that makes it, so that nobody waits for anybody. A job adds
them up. Who reads adds what is left to the totals in one question, and so sees no change twice, and misses none.
"""

from collections import Counter, defaultdict
from typing import cast

from sqlalchemy import Select, Table, delete, func, insert, select, union_all

from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.payments.core.tally_model import Figure, TallyChange, TallyTotal

NONE = "none"
# So many changes are added up in one transaction, which takes some 50 ms.
BATCH = 5_000

_CHANGES, _TOTALS = cast(Table, TallyChange.__table__), cast(Table, TallyTotal.__table__)
_COUNT = Prepared(insert(_CHANGES).inline())
_LEFT = union_all(
    select(_TOTALS.c.figure, _TOTALS.c.value, _TOTALS.c.number),
    select(_CHANGES.c.figure, _CHANGES.c.now, _CHANGES.c.number),
    select(_CHANGES.c.figure, _CHANGES.c.was, -_CHANGES.c.number),
).subquery()
_FIGURES = select(_LEFT.c.figure, _LEFT.c.value, func.sum(_LEFT.c.number)).group_by(_LEFT.c.figure, _LEFT.c.value)


def count(figure: Figure, now: str, was: str = "", number: int = 1) -> None:
    """So many more have the value `now`, and so many fewer the value `was`, if any; in the caller's transaction."""
    _COUNT.change_along(figure=figure, was=was, now=now, number=number)


def figures() -> dict[str, dict[str, int]]:
    """How many have each value, by figure; what nothing has is left out."""
    return _by_figure(_FIGURES)


def of(figure: Figure) -> dict[str, int]:
    """How many have each value of one figure; what nothing has is left out."""
    return _by_figure(_FIGURES.where(_LEFT.c.figure == figure))[figure]


def _by_figure(question: Select[str, str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for figure, value, number in db.session.execute(question):
        if value and number:
            found[figure][value] = int(number)
    return found


def add_up() -> int:
    """Take the changes up into the totals; returns how many there were."""
    taken = 0
    while some := _add_up_some():
        taken += some
    return taken


def _add_up_some() -> int:
    """A batch of them, oldest first. What nobody has committed yet is not seen, and waits for the next time."""
    db.session.rollback()
    oldest = select(_CHANGES.c.id).order_by(_CHANGES.c.id).limit(BATCH)
    if db.session.execute(oldest.limit(1)).first() is None:
        return 0
    with writing():
        queue_for("tally")
        taken = execute(delete(_CHANGES).where(_CHANGES.c.id.in_(oldest)).returning(*_CHANGES.c)).all()
        sums: Counter[tuple[str, str]] = Counter()
        for change in taken:
            sums[change.figure, change.now] += change.number
            sums[change.figure, change.was] -= change.number
        _add_to_totals(sums)
    return len(taken)


def _add_to_totals(sums: Counter[tuple[str, str]]) -> None:
    new = insert_into(TallyTotal)
    added = {"number": TallyTotal.number + new.excluded.number}
    rows = [
        {"figure": figure, "value": value, "number": number}
        for (figure, value), number in sums.items()
        if value and number
    ]
    if rows:
        execute(new.on_conflict_do_update(index_elements=[TallyTotal.figure, TallyTotal.value], set_=added), rows)
