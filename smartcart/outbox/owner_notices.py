"""What the owner is to be told: noted in the transaction in which it happens, and gathered into letters afterwards.

A notice is one insert that waits for nobody. Only who gathers looks at what there is, one at a time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select, update

from smartcart import clock, work_queue
from smartcart.database.forgetting import forget
from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute, writing
from smartcart.database.upsert import insert_into
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, OwnerNotice, Receiver
from smartcart.rules.owner_letters import NAMED, Subject, Way, is_time

# Letters to the owner are of no session.
OWNER = "owner"
# Where in the admin it is looked after.
OVERVIEW, INBOX, LETTERS = "/admin", "/admin/inbox", "/admin/letters"
# So often what is new is gathered, in seconds: a letter at once is there before somebody asks.
TICK = 5.0
LONGEST_DETAIL = 500
# As it begins a letter's occasion: by it letters sort.
MOMENT = "%Y%m%dT%H%M%S.%fZ"
IS_WAITING = OwnerNotice.letter == ""


def are_wanted() -> bool:
    """Whether there is an owner to be told."""
    return bool(current_app.config["SETTINGS"].owner_email)


def write(about: Subject, detail: str, path: str) -> None:
    """Note something for the owner, inside the caller's write transaction; nothing where no owner is named.

    `detail` is one sentence, without a full stop; `path` is where in the admin it is looked after.
    """
    if are_wanted():
        values = {"kind": about, "detail": detail[:LONGEST_DETAIL], "path": path, "at": clock.now(), "letter": ""}
        execute(insert_into(OwnerNotice), values)


class Waiting(NamedTuple):
    """Of one kind: since when, and up to which row."""

    kind: str
    first_at: datetime
    newest: int


def gather(way: Way, zone: ZoneInfo) -> int:
    """Write the letters that it is time for; returns how many. Daily it is one for all kinds."""
    if not are_wanted():
        return 0
    db.session.rollback()
    is_any = db.session.scalar(select(OwnerNotice.id).where(IS_WAITING).limit(1)) is not None
    db.session.rollback()
    if not is_any or not (written := _gather(way, zone)):
        return 0
    work_queue.wake()
    return written


def _gather(way: Way, zone: ZoneInfo) -> int:
    with writing():
        queue_for("letters to the owner")
        now = clock.now()
        told = [each for each in _waiting() if is_time(way, each.first_at, _last_letter(each.kind), now, zone)]
        if way == "daily" and told:
            _write_letter(f"{now:{MOMENT}} daily", _waiting())
            return 1
        for each in told:
            _write_letter(f"{now:{MOMENT}} {each.kind}", [each])
    return len(told)


def _waiting() -> list[Waiting]:
    columns = OwnerNotice.kind, func.min(OwnerNotice.at), func.max(OwnerNotice.id)
    found = db.session.execute(select(*columns).where(IS_WAITING).group_by(OwnerNotice.kind).order_by(OwnerNotice.kind))
    return [Waiting(*row) for row in found]


def _last_letter(kind: str) -> datetime | None:
    last = db.session.scalar(select(func.max(OwnerNotice.letter)).where(OwnerNotice.kind == kind))
    return datetime.strptime(last.split()[0], MOMENT).replace(tzinfo=UTC) if last else None


def _write_letter(occasion: str, gathered: Iterable[Waiting]) -> None:
    for each in gathered:
        which = IS_WAITING, OwnerNotice.kind == each.kind, OwnerNotice.id <= each.newest
        execute(update(OwnerNotice).where(*which).values(letter=occasion))
    effects.write(EffectKind.OWNER, OWNER, Receiver.MAIL, occasion)


class Line(NamedTuple):
    detail: str
    path: str
    at: datetime


class Told(NamedTuple):
    """What a letter tells of one kind: how many there are, and the first of them."""

    about: Subject
    number: int
    first: Sequence[Line]


def told_in(occasion: str) -> list[Told]:
    """What a letter has to tell, by kind."""
    numbers = select(OwnerNotice.kind, func.count()).where(OwnerNotice.letter == occasion).group_by(OwnerNotice.kind)
    found = db.session.execute(numbers.order_by(func.min(OwnerNotice.id))).all()
    return [Told(Subject(kind), number, _first(occasion, kind)) for kind, number in found]


def _first(occasion: str, kind: str) -> list[Line]:
    columns = OwnerNotice.detail, OwnerNotice.path, OwnerNotice.at
    of_kind = select(*columns).where(OwnerNotice.letter == occasion, OwnerNotice.kind == kind)
    return [Line(*row) for row in db.session.execute(of_kind.order_by(OwnerNotice.id).limit(NAMED))]


def last_of(about: Subject) -> datetime | None:
    """When something of that kind was noted last."""
    db.session.rollback()
    moment: Any = db.session.scalar(select(func.max(OwnerNotice.at)).where(OwnerNotice.kind == about))
    db.session.rollback()
    return moment if moment is None else moment.astimezone(UTC)


def forget_old() -> int:
    """Forget notices as old as the letters that told them; returns how many."""
    return forget(OwnerNotice, OwnerNotice.at < clock.now() - effects.KEPT_FOR)
