"""Indexes of some rows alone are the same on both databases."""

from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from smartcart.database.partial_indexes import partial_index, tell_postgresql

OPEN = "CREATE INDEX ix_open ON visit (at) WHERE ended_at IS NULL"
ALL = "CREATE INDEX ix_visit_at ON visit (at)"


def test_a_partial_index_is_of_the_same_rows_on_both() -> None:
    tables = MetaData()
    is_open = partial_index("ix_open", "at", of=text("ended_at IS NULL"))
    visits = Table("visit", tables, Column("at", Integer, index=True), Column("ended_at", Integer), is_open)
    tell_postgresql(tables)
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        assert {str(CreateIndex(index).compile(dialect=dialect)) for index in visits.indexes} == {OPEN, ALL}
