"""The database of a drill's copy: at the server of the shop's own where that is PostgreSQL, and dropped afterwards.

Its name is written down before it is made: so one that a killed process has left is found, and no other is dropped.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from smartcart.admin.drill import runs
from smartcart.database import scratch
from smartcart.database.scratch import ScratchError
from smartcart.payments.core.runtime import runtime
from smartcart.rules.drills import CopyOn

log = logging.getLogger(__name__)


@contextmanager
def for_copy(run_id: int) -> Iterator[str]:
    """SQLAlchemy's address of one for the copy of this drill; none where that is to be a file of SQLite's."""
    if not (server := _server()):
        runs.is_on(run_id, CopyOn.SQLITE)
        yield ""
        return
    drop_left()
    name = scratch.new_name()
    try:
        yield _made(server, run_id, name)
    finally:
        _drop(server, name)


def drop_left() -> int:
    """Drop those of drills that are over, which whoever was killed has left. Returns how many."""
    server = _server()
    return sum(_drop(server, name) for name in runs.scratch_left()) if server else 0


def _made(server: str, run_id: int, name: str) -> str:
    """Its address, or none."""
    if not runs.makes_scratch(run_id, name):
        return ""
    try:
        address = scratch.make(server, name)
    except ScratchError as error:
        log.warning("a drill is on SQLite, as it has no database at PostgreSQL: %s", error)
        runs.is_on(run_id, CopyOn.NOT_ALLOWED if error.is_forbidden else CopyOn.NOT_MADE)
        return ""
    runs.is_on(run_id, CopyOn.POSTGRESQL)
    return address


def _drop(server: str, name: str) -> bool:
    """Whether there is none of this name any more; otherwise it is tried again later."""
    try:
        scratch.drop(server, name)
    except ScratchError as error:
        log.warning("the database of a drill is left: %s", error)
        return False
    runs.scratch_dropped(name)
    return True


def _server() -> str:
    """Where the shop's own database is, if that is PostgreSQL."""
    settings = runtime().settings
    return "" if settings.local else settings.database_url
