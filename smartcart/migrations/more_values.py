"""For migrations: a value more, or one fewer, that a column of an enum may have, whichever it may have already."""

import re
from collections.abc import Callable

from alembic import op

VALUE = re.compile(r"'([a-z_.]+)'")
Change = Callable[[list[str]], list[str]]


def add_value(table: str, column: str, enum: str, value: str) -> None:
    """`enum` is the constraint's name without the table's."""
    _change(table, column, f"ck_{table}_{enum}", lambda values: [*values, value])


def drop_value(table: str, column: str, enum: str, value: str) -> None:
    """The rows that have the value must be gone."""
    _change(table, column, f"ck_{table}_{enum}", lambda values: [each for each in values if each != value])


def _change(table: str, column: str, constraint: str, change: Change) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _change_text(table, column, change)
        return
    query = f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{constraint}'"  # noqa: S608
    condition = op.get_bind().exec_driver_sql(query).scalar_one()
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({_condition(column, condition, change)})")


def _change_text(table: str, column: str, change: Change) -> None:
    """In the text of the schema alone, for nothing changes on the disk: "Making Other Kinds Of Table Schema Changes" in
    https://sqlite.org/lang_altertable.html."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    sql = re.sub(
        rf'CHECK \(("?{column}"?) IN \(([^)]*)\)',
        lambda found: f"CHECK ({_condition(found[1], found[2], change)}",
        found.scalar_one(),
    )
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", (sql, table))
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")  # which reads it again


def _condition(column: str, before: str, change: Change) -> str:
    allowed = ", ".join(f"'{value}'" for value in change(VALUE.findall(before)))
    return f"{column} IN ({allowed})"
