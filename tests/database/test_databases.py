"""The databases that tests get."""

from tests.support.databases import PostgreSQLDatabases
from tests.support.postgresql import PostgreSQL


def test_a_selection_that_comes_back_to_postgresql_meets_none_of_the_databases_from_before(
    postgresql: PostgreSQL,
) -> None:
    """pytest makes the fixture `databases` anew then, on the server that runs already."""
    before, after = PostgreSQLDatabases(postgresql), PostgreSQLDatabases(postgresql)
    names = [databases.create() for databases in (before, after, before, after)]
    assert len(set(names)) == 4
