"""Connections at the sandbox's books that stay open, for whichever thread comes next.

To open and close one for each look took more than the look: who closes the last moves all that was written into the
file, and who opens one reads the names of all tables anew. From press to paid a payment takes a third less of the
processor.
"""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# In seconds: the books are busy for milliseconds at a time, even with every gateway thread at work.
PATIENCE = 10.0


class Connections:
    """As many as there have been transactions at once, at one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # By process: a connection that was there before a fork is the parent's.
        self._idle: dict[int, list[sqlite3.Connection]] = defaultdict(list)
        self._are_kept = True

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, from the first the only one that writes. What is raised within undoes it."""
        with self.reading() as connection:
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For single questions, each of which finds what was last written down; who asks reads the answer to its end,
        or lets go of it, before leaving: until then the next would be asked in the same moment of the books."""
        connection = self._next()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle[os.getpid()].append(connection)
        if not self._are_kept:
            self._close_idle()

    def keep_none(self) -> None:
        """From now on each is closed after its transaction: the last leaves a file that is whole by itself."""
        self._are_kept = False
        self._close_idle()

    def open(self) -> sqlite3.Connection:
        """One of one's own, to be closed."""
        return sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)

    def _next(self) -> sqlite3.Connection:
        try:
            return self._idle[os.getpid()].pop()
        except IndexError:
            return self.open()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle[os.getpid()].pop().close()
