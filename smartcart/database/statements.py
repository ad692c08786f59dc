"""Statements of every payment, written by SQLAlchemy once and carried out by the database's driver itself.

A payment sends more than a dozen. To write one takes as long as to carry it out, and what SQLAlchemy does around each
takes two to six times as long as SQLite does. docs/decisions/0020-statements-are-carried-out-by-the-driver.md
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from smartcart.database.foreseen import Answer, Foreseen, Found, going_along
from smartcart.database.looks import Looks, Question, Row, Rows, looks_of
from smartcart.database.session import connection, db, open_transaction

Convert = Callable[[Any], Any]


class Prepared:
    """A statement to be carried out past the unit of work, in the open transaction; a question also outside of any.

    Its values are given by name. What an insert or an update sets are the columns that it is given. Raises what
    SQLAlchemy would raise.
    """

    def __init__(self, statement: sa.Executable) -> None:
        self._statement = statement
        self._written: dict[tuple[str, ...], _Written] = {}

    def rows(self, **values: Any) -> Found:
        """What it finds or returns. Where no transaction is open, none is begun: it is what is on record now."""
        at_work = open_transaction()
        if at_work is None:
            return self._seen_with_foreseen(looks_of(db.engine), values)
        done, read = self._carry_out(at_work, values)
        return [read(row) for row in done.fetchall()]

    def foresee(self, make: Callable[[Found], Answer], **values: Any) -> Foreseen[Answer]:
        """What is made of what it finds, to be wanted later in this request; it may be asked before, with another."""
        return Foreseen(self, values, make)

    def seen_by(self, looks: Looks, **values: Any) -> Found:
        """What it finds on record now, where no app is at work."""
        rows, read = self.stored_at(looks, **values)
        return [read(row) for row in rows]

    def stored_at(self, looks: Looks, **values: Any) -> tuple[Rows, Callable[[Row], tuple[Any, ...]]]:
        """The same as the driver gives it, and what makes the values of each row that is needed."""
        (sql, given), read = self.put_to(looks, values)
        return looks.rows(sql, given), read

    def put_to(self, looks: Looks, values: Mapping[str, Any]) -> tuple[Question, Callable[[Row], tuple[Any, ...]]]:
        """The question as these looks are asked it, and what makes the values of each row of the answer."""
        written = self._for(looks.dialect, tuple(values))
        return (written.sql, written.in_order(values)), written.read

    def _seen_with_foreseen(self, looks: Looks, values: Mapping[str, Any]) -> Found:
        """What was foreseen goes along."""
        others = going_along()
        if not others:
            return self.seen_by(looks, **values)
        put = [self.put_to(looks, values), *(other.statement.put_to(looks, other.values) for other in others)]
        answers = looks.rows_of_each([question for question, _ in put])
        ours, *theirs = [[read(row) for row in rows] for rows, (_, read) in zip(answers, put, strict=True)]
        for other, rows in zip(others, theirs, strict=True):
            other.rows = rows
        return ours

    def change(self, **values: Any) -> int:
        """How many rows it has changed."""
        changed: int = self._carry_out(connection(), values)[0].rowcount
        return changed

    def change_along(self, **values: Any) -> None:
        """The same, where nobody asks what has become of it before the transaction ends: at PostgreSQL it is sent with
        the next, and not waited for by itself. An error of it may be raised as late as that, or at the end."""
        at_work = connection()
        how = "send_along" if looks_of(at_work.engine).go_by_libpq else "execute"
        self._carry_out(at_work, values, how)

    def _carry_out(
        self, at_work: sa.Connection, values: Mapping[str, Any], how: str = "execute"
    ) -> tuple[Any, Callable[[Row], Any]]:
        """The driver's cursor, and what makes the values of each row."""
        looks = looks_of(at_work.engine)
        (sql, given), read = self.put_to(looks, values)
        try:
            return getattr(looks.driver_of(at_work), how)(sql, given), read
        except at_work.dialect.loaded_dbapi.Error as error:
            # Its own way with an error, so that all who listen hear of it; nothing public leads there.
            at_work._handle_dbapi_exception(error, sql, None, None, None)  # noqa: SLF001

    def _for(self, dialect: Dialect, names: tuple[str, ...]) -> "_Written":
        """Written once for all databases of a kind: tests, which open one after the other, take a seventh less time."""
        written = self._written.get(names)
        if written is None or type(written.dialect) is not type(dialect):
            written = self._written[names] = _Written(self._statement, dialect, names)
        return written


class _Written:
    """A statement in the words of one database, for values of these names: how each goes in, and comes out."""

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        made = statement.compile(dialect=dialect, column_keys=names)
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in made.binds.items()}
        self.dialect = dialect
        self.sql = made.string
        self._constant = made.params | _defaults(made)
        self._names = made.positiontup or list(dict.fromkeys(made.bind_names.values()))
        self._in: list[Convert | None] = [kinds[name].bind_processor(dialect) for name in self._names]
        out = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.exported_columns
        ]
        self._out: list[tuple[int, Convert]] = [(number, to) for number, to in enumerate(out) if to]

    def in_order(self, values: Mapping[str, Any]) -> list[Any]:
        """The values as the driver takes them, in the order in which the statement names them."""
        given = self._constant | values
        return [to(given[name]) if to else given[name] for name, to in zip(self._names, self._in, strict=True)]

    def read(self, row: Row) -> tuple[Any, ...]:
        """The values of a row, as the statement's columns have them."""
        values = list(row)
        for number, to in self._out:
            values[number] = to(values[number])
        return tuple(values)


def _defaults(made: SQLCompiler) -> dict[str, Any]:
    """What an insert sets of itself: the columns' own defaults, which are plain values where they are left to it."""
    return {column.key: cast(ScalarElementColumnDefault, column.default).arg for column in made.insert_prefetch}
