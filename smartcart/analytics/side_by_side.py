"""Numbers that are kept beside numbers that were counted, cell by cell, in a file of SQLite's own: so it takes no more
memory for the figures of years."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from smartcart.analytics.figures import Cell

# SQLite makes it where temporary files go, and removes it with the connection: https://www.sqlite.org/inmemorydb.html
A_FILE_OF_ITS_OWN = ""
_NAMES = ", ".join(Cell._fields)
_TABLE = f"create table cell ({_NAMES}, kept default 0, counted default 0, primary key ({_NAMES})) without rowid"
_ADD = (
    "insert into cell ({names}, {side}) values (?, ?, ?, ?, ?, ?, ?)"
    " on conflict do update set {side} = {side} + excluded.{side}"
)


class Difference(NamedTuple):
    """A number that is kept, and what it should be."""

    cell: Cell
    kept: int
    counted: int


class SideBySide:
    def __init__(self) -> None:
        self._file = sqlite3.connect(A_FILE_OF_ITS_OWN)
        self._file.execute(_TABLE)

    def begin_anew(self) -> None:
        self._file.execute("delete from cell")

    def add_kept(self, numbers: Iterable[tuple[Cell, int]]) -> None:
        self._add("kept", numbers)

    def add_counted(self, numbers: Mapping[Cell, int]) -> None:
        self._add("counted", numbers.items())

    def cells(self) -> int:
        """How many there are on either side."""
        return int(self._file.execute("select count(*) from cell").fetchone()[0])

    def differences(self) -> Iterator[Difference]:
        """Those that differ, in order."""
        for *where, kept, counted in self._file.execute(f"select * from cell where kept <> counted order by {_NAMES}"):  # noqa: S608  # our own names
            yield Difference(_from_text(*where), kept, counted)

    def _add(self, side: str, numbers: Iterable[tuple[Cell, int]]) -> None:
        rows = ((cell.grain, cell.begins.isoformat(), *cell[2:], number) for cell, number in numbers)
        self._file.executemany(_ADD.format(names=_NAMES, side=side), rows)


def _from_text(grain: str, begins: str, *rest: str) -> Cell:
    return Cell(grain, date.fromisoformat(begins), *rest)
