"""A SQLite file, by SQLite's own online backup."""

import glob
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

from smartcart.backup.kinds import (
    LATEST_ORDER,
    SQLITE_BEGINS,
    Failed,
    Rows,
    begin_epoch,
    name_aside,
    note_skipped,
    refuse_other_kind,
    refuse_to_lose,
    refuse_unknown_version,
    synced,
)
from smartcart.backup.seal import copy_unsealed, seal
from smartcart.database.sqlite_file import ASIDE, COMPANIONS


class SQLite:
    def __init__(self, database_url: str) -> None:
        self._file = Path(make_url(database_url).database or "")

    def save(self, file: Path) -> Rows:
        """In one step: a reader of a file in WAL mode keeps no writer waiting, however long it reads. In several, the
        copy would begin anew whenever another process has written in between, and never end in a busy shop."""
        try:
            with closing(_opened(self._file, "rw")) as source, closing(_opened(file, "rw")) as copy:
                source.backup(copy)
                copy.execute("pragma journal_mode = delete")  # one file, without companions
        except sqlite3.Error as error:
            raise Failed(f"The database {self._file} cannot be copied: {error}.") from error
        rows = _checked(file)
        seal(file)
        return rows

    def restore(self, file: Path, force: bool) -> tuple[Rows, str]:
        refuse_other_kind(file, SQLITE_BEGINS)
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            is_whole = copy_unsealed(file, draft)
            rows = _contents(file) if is_whole else _checked(file)
            aside = self._set_aside(force) if self._file.exists() else ""
            self._go_on_numbering(draft)
            synced(draft)
            draft.replace(self._file)
            synced(self._file.parent)
        except OSError as error:
            raise Failed(f"{self._file} cannot be written: {error.strerror}.") from error
        finally:
            draft.unlink(missing_ok=True)
        return rows, aside

    def _set_aside(self, force: bool) -> str:
        """A second name for the file, until the first is the restored one's."""
        refuse_to_lose(self._what_would_be_lost(), force)
        aside = self._file.with_name(f"{self._file.stem}.{name_aside()}{self._file.suffix}")
        for companion in COMPANIONS:  # left only by a file that cannot be read
            with suppress(FileNotFoundError):
                Path(f"{self._file}{companion}").rename(f"{aside}{companion}")
        os.link(self._file, aside)
        Path(aside).chmod(0o600)  # it may be of a version that left it open to all
        return str(aside)

    def _go_on_numbering(self, draft: Path) -> None:
        """Orders in the draft go on after those of every file that was ever set aside, as far as they can be read."""
        aside = self._file.parent.glob(f"{glob.escape(self._file.stem)}.{ASIDE}*{glob.escape(self._file.suffix)}")
        others = [name for each in aside for _, name in _latest_order(each)]
        ((last_id, last_name),) = _latest_order(draft) or [(0, "")]
        with closing(_opened(draft, "rw")) as restored:
            note_skipped(restored.execute, last_id, last_name, others)
            begin_epoch(restored.execute)

    def _what_would_be_lost(self) -> str:
        """Raises Failed when anybody has the file open: leaving WAL mode, which makes it one file, needs it alone."""
        try:
            with closing(_opened(self._file, "rw")) as connection:
                connection.execute("pragma journal_mode = delete")
                return _sessions(connection)
        except sqlite3.OperationalError as error:
            raise Failed(f"{self._file} is in use ({error}): stop the shop first.") from error
        except sqlite3.DatabaseError:
            return "contents that cannot be read"


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    """`mode` is `ro` or `rw`, for a file that is there."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def _sessions(connection: sqlite3.Connection) -> str:
    tables = connection.execute("select 1 from sqlite_master where name = 'payment_session'").fetchall()
    found = connection.execute("select count(*) from payment_session").fetchone()[0] if tables else 0
    return f"{found} payment sessions" if found else ""


def _latest_order(file: Path) -> list[tuple[int, str]]:
    """Its id and number; nothing where there is none, or what is there cannot be read."""
    try:
        with closing(_opened(file, "ro")) as connection:
            return connection.execute(LATEST_ORDER.format("")).fetchall()
    except sqlite3.Error:
        return []


def _checked(file: Path) -> Rows:
    """What is in a copy that nobody writes to. Raises Failed unless SQLite finds nothing wrong with it."""
    with _read(file) as copy:
        wrong = copy.execute("pragma integrity_check").fetchall() + copy.execute("pragma foreign_key_check").fetchall()
        if wrong != [("ok",)]:
            raise Failed(f"{file} is damaged: {wrong[:3]}.")
    return _contents(file)


def _contents(file: Path) -> Rows:
    """What is in a copy that is known to be whole. Raises Failed where this SmartCart does not know such tables."""
    with _read(file) as copy:
        version = copy.execute("select version_num from alembic_version").fetchone()
        refuse_unknown_version(file, version[0])
        tables = copy.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
        return {name: copy.execute(f'select count(*) from "{name}"').fetchone()[0] for (name,) in tables}  # noqa: S608


@contextmanager
def _read(file: Path) -> Iterator[sqlite3.Connection]:
    """Raises Failed for what SQLite cannot read."""
    try:
        with closing(_opened(file, "ro")) as copy:
            yield copy
    except sqlite3.Error as error:
        raise Failed(f"{file} is damaged, or no backup of SmartCart: {error}.") from error
