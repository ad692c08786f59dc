"""Faults of the database: which errors are the database's own and not ours, and one calm line in the log for each."""

import logging
import re
import time

from sqlalchemy import event, exc
from sqlalchemy.engine import Engine, ExceptionContext

from smartcart.database.sqlite_file import CannotWrite

log = logging.getLogger(__name__)

# Out of reach, shutting down, read-only, full, locked for too long, torn: it is over when the database is well again.
FAULTS = (exc.DBAPIError, exc.PendingRollbackError, exc.TimeoutError, CannotWrite)
# What the database rightly refuses: a defect of ours, which no waiting heals.
DEFECTS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
# As SQLite ("attempt to write a readonly database") and PostgreSQL ("... in a read-only transaction") say it.
READ_ONLY = re.compile(r"read-?only (database|transaction)")
# A database that is away for an hour fails thousands of requests and jobs: each fault is told once a minute.
REMINDER = 60.0

_told: dict[str, float] = {}


def is_fault(error: BaseException | None) -> bool:
    """Whether the database could not do its work, so that the same may well succeed later."""
    return isinstance(error, FAULTS) and not isinstance(error, DEFECTS)


def log_fault(error: BaseException) -> None:
    """One line into the log, without the statement and what it was given; the same again after a while at most."""
    cause = getattr(error, "orig", None) or error
    fault, now = f"{type(cause).__name__}: {str(cause).partition(chr(10))[0]}", time.monotonic()
    if now - _told.get(fault, -REMINDER) >= REMINDER:
        _told[fault] = now
        log.error("the database cannot do its work: %s", fault)


@event.listens_for(Engine, "handle_error")
def _leave_what_only_reads(context: ExceptionContext) -> None:
    """A connection that may only read stays so, also when others may write again: it is given up, with its pool."""
    if READ_ONLY.search(str(context.original_exception)):
        context.is_disconnect = True
