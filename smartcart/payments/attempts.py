"""The attempts of a session that the record holds: added, read and changed in its transaction."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, insert, select, update

from smartcart.db import db, execute
from smartcart.payments.held import Held
from smartcart.payments.models import Attempt
from smartcart.rules.outcomes import OutcomeKind

KnownAttempt = Row[int, int, OutcomeKind | None]

# Made once: to make a statement takes as long as to carry it out. What they set are the columns that they are given.
_ATTEMPTS = cast(Table, Attempt.__table__)
_ADD = insert(_ATTEMPTS)
_KNOWN = select(Attempt.id, Attempt.number, Attempt.outcome).where(Attempt.id == bindparam("attempt_id"))
_CHANGE = update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("attempt_id"))


def add(session: Held, now: datetime) -> int:
    """The attempt that the session has just been given; answers its id."""
    attempt = {
        "session_id": session.id,
        "number": session.attempts,
        "max_attempts": session.max_attempts,
        "method": session.method,
        "begun_at": now,
        "deadline_at": session.due_at,
    }
    added = execute(_ADD, attempt)
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row was added, so it has a key


def known(attempt_id: int) -> KnownAttempt:
    """Its id, number and outcome, to be read once its session is held: then nobody changes them."""
    return execute(_KNOWN, {"attempt_id": attempt_id}).one()


def change(attempt_id: int, **values: Any) -> None:
    """Change columns of an attempt, by their names."""
    execute(_CHANGE, {"attempt_id": attempt_id, **values})


def release_others(session: Held, approved: int, now: datetime) -> None:
    """The reference is charged once, by one attempt: every other that was still open has charged nothing."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.session_id == session.id, Attempt.id != approved, Attempt.outcome.is_(None))
        .values(outcome=OutcomeKind.NOT_CHARGED, settled_at=now)
    )
