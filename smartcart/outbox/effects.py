"""Effects are written in the transaction that they follow from, and read where a person looks for them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import Select, Table, bindparam, case, func, null, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import defer

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.looks import looks_of
from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_of
from smartcart.outbox.models import IS_GIVEN_UP, Effect, EffectKind, Fate, Receiver
from smartcart.work_queue import Claim

IS_PUT_OFF = Effect.fate == Fate.WAITING, Effect.wanted_at > Effect.written_at, Effect.message.is_(None)
_PUT_OFF = Prepared(select(Effect.id).where(Effect.session_id == bindparam("session"), *IS_PUT_OFF).limit(1))
_KEEP = Prepared(
    update(cast(Table, Effect.__table__)).where(Effect.id == bindparam("claimed"), Effect.due_at == bindparam("until"))
)
# As many as one page shows.
PAGE = 100
# Letters hold names and addresses: as long as one may ask after them.
KEPT_FOR = timedelta(days=30)
# What is due later than this was written by a wrong clock, and is due now. A digest may wait for its hour of the next
# day, and the day on which summer time ends has 25.
LATEST = timedelta(hours=26)
# What a person may have tried again: nobody is at it.
AT_REST = (Fate.KEPT, Fate.GIVEN_UP)


def write(
    kind: EffectKind, session_id: str, receiver: Receiver, occasion: str = "", at: datetime | None = None
) -> None:
    """Write an effect of a session's down, inside the caller's write transaction; once, however often it is called.

    `occasion` tells it from others of its kind that the session may have. `at` is from when on it is due, `LATEST` from
    now at most; otherwise it is at once.
    """
    _add(kind, session_id, receiver, occasion, 1, at or clock.now())


def write_again(told: Effect) -> None:
    """What a row told may have arrived and is true no more: another one tells what is."""
    with writing():
        _add(told.kind, told.session_id, told.receiver, told.occasion, told.edition + 1, clock.now())


def keep_message(claim: Claim, message: bytes, made_at: datetime, beside: Callable[[], object] = lambda: None) -> bool:
    """What is about to be sent goes on record first, and `beside` is done with it while the row is held.

    False when the claim was lost: another is at it, and nothing is done.
    """
    with writing():
        has_claim = _KEEP.change(claimed=claim.id, until=claim.until, message=message, made_at=made_at) > 0
        if has_claim:
            beside()
        return has_claim


def is_any_put_off(session_id: str, engine: Engine) -> bool:
    """Whether something about a session is put off at this moment. In any thread, outside of any transaction."""
    return bool(_PUT_OFF.seen_by(looks_of(engine), session=session_id))


def withdraw(session_id: str, kinds: Collection[EffectKind], reason: str) -> None:
    """There is no need any more for what was put off of a session's and of these kinds: `reason` says why.

    What somebody is at, or has been, stays: it may be on its way.
    """
    nobody_is_at_it = or_(Effect.due_at == Effect.wanted_at, Effect.tries > 0)
    found = Effect.session_id == session_id, Effect.kind.in_(kinds), *IS_PUT_OFF, nobody_is_at_it
    db.session.rollback()
    if db.session.scalar(select(Effect.id).where(*found).limit(1)) is None:
        return  # as nearly always, and without a write
    with writing():
        db.session.execute(update(Effect).where(*found).values(fate=Fate.WITHDRAWN, due_at=None, problem=reason))


def bring_forward(kind: EffectKind) -> int:
    """What was put off until something else has happened is due now that it has; returns how many were.

    Nothing is written where none waits, which is nearly always.
    """
    now = clock.now()
    found = Effect.kind == kind, Effect.due_at == Effect.wanted_at, Effect.due_at > now, Effect.fate == Fate.WAITING
    db.session.rollback()
    is_any = db.session.scalar(select(Effect.id).where(*found).limit(1)) is not None
    db.session.rollback()
    if not is_any:
        return 0
    with writing():
        return _rows(db.session.execute(update(Effect).where(*found).values(due_at=now)))


def try_again(effect_id: int) -> bool:
    """A person wants it to be tried once more, with all its time anew. False where it is not at rest."""
    found, now = update(Effect).where(Effect.id == effect_id, Effect.fate.in_(AT_REST)), clock.now()
    with writing():
        wanted = found.values(
            fate=Fate.WAITING,
            due_at=now,
            wanted_at=now,
            tries=0,
            problem="",
            message=case((Effect.fate == Fate.KEPT, null()), else_=Effect.message),  # it has never left the house
        )
        return _rows(db.session.execute(wanted)) > 0


def forget_old() -> int:
    """Forget effects of a month ago, from the oldest on; returns how many. What still waits stays."""
    db.session.rollback()
    young = select(Effect.id).where(Effect.written_at >= clock.now() - KEPT_FOR).order_by(Effect.id).limit(1)
    newest_first = select(Effect.id).order_by(Effect.id.desc()).limit(1)
    oldest_kept = db.session.scalar(young) or (db.session.scalar(newest_first) or 0) + 1
    return forget(Effect, Effect.id < oldest_kept, Effect.due_at.is_(None))


def find(effect_id: int) -> Effect | None:
    """As it is on record now."""
    db.session.rollback()
    return db.session.get(Effect, effect_id, populate_existing=True)


def of_session(session_id: str) -> Sequence[Effect]:
    """All of one session, oldest first."""
    return _without_message(select(Effect).where(Effect.session_id == session_id).order_by(Effect.id))


def newest(before: int) -> Sequence[Effect]:
    """The newest of those before that one, of all kinds."""
    return _without_message(select(Effect).where(Effect.id < before).order_by(Effect.id.desc()).limit(PAGE))


def given_up() -> Sequence[Effect]:
    """The newest of those that are for a person."""
    return _without_message(select(Effect).where(IS_GIVEN_UP).order_by(Effect.id.desc()).limit(PAGE))


def number_given_up() -> int:
    return db.session.scalar(select(func.count()).select_from(Effect).where(IS_GIVEN_UP)) or 0


def _add(kind: str, session_id: str, receiver: str, occasion: str, edition: int, at: datetime) -> None:
    _to_add(db.engine.dialect.name).change(
        kind=kind,
        session_id=session_id,
        occasion=occasion,
        edition=edition,
        receiver=receiver,
        written_at=clock.now(),
        wanted_at=at,
        due_at=at,
        fate=Fate.WAITING,
    )


@cache
def _to_add(database: str) -> Prepared:
    """Of every payment, so carried out by the driver."""
    return Prepared(insert_of(database)(cast(Table, Effect.__table__)).on_conflict_do_nothing().inline())


def _without_message(query: Select[Effect]) -> Sequence[Effect]:
    return db.session.scalars(query.options(defer(Effect.message))).all()


def _rows(result: object) -> int:
    """How many rows were changed."""
    return int(cast("int", getattr(result, "rowcount", 0)))
