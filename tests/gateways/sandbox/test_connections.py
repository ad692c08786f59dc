"""The sandbox's connections at its books stay open, and serve whichever thread comes next."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from smartcart.gateways.sandbox.connections import Connections
from smartcart.wal import turn_on_wal

THREADS, TIMES = 8, 50


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    """At a file with a table of one row, which counts."""
    made = Connections(tmp_path / "books.sqlite3")
    with closing(made.open()) as connection:
        turn_on_wal(connection, patience=10.0)
        connection.executescript("create table counter (value integer); insert into counter values (0)")
    return made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What was written and has not been moved into the file."""
    return tmp_path / "books.sqlite3-wal"


@contextmanager
def counted(connections: Connections) -> Iterator[sqlite3.Connection]:
    with connections.writing() as connection:
        connection.execute("update counter set value = value + 1")
        yield connection


def value(connections: Connections) -> int:
    with closing(connections.open()) as connection:
        return int(connection.execute("select value from counter").fetchone()[0])


def test_the_next_transaction_has_the_connection_of_the_last(connections: Connections) -> None:
    with counted(connections) as first:
        pass
    with counted(connections) as second:
        assert second is first
    assert value(connections) == 2


def test_what_is_raised_within_undoes_the_transaction_and_keeps_nobody_from_the_next(connections: Connections) -> None:
    with pytest.raises(ZeroDivisionError), counted(connections):
        raise ZeroDivisionError
    with counted(connections):
        pass
    assert value(connections) == 1


def test_many_threads_write_one_after_the_other_and_nothing_is_lost(connections: Connections) -> None:
    def count(_: int) -> None:
        with counted(connections):
            pass

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(count, range(THREADS * TIMES)))
    assert value(connections) == THREADS * TIMES


def test_a_question_finds_what_another_connection_has_written_since_the_last(connections: Connections) -> None:
    def asked() -> int:
        with connections.reading() as connection:
            return int(connection.execute("select value from counter").fetchone()[0])

    assert asked() == 0
    with closing(connections.open()) as other:
        other.execute("update counter set value = 1")
        assert asked() == 1


def test_a_question_waits_for_nobody_who_writes(connections: Connections) -> None:
    with counted(connections), connections.reading() as connection:
        assert connection.execute("select value from counter").fetchone() == (0,)


def test_a_forked_process_does_not_use_the_connection_of_its_parent(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(connections) as of_the_parent:
        pass
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with counted(connections) as of_the_child:
        assert of_the_child is not of_the_parent


def test_at_the_end_the_file_is_whole_by_itself_whatever_is_still_written(connections: Connections, log: Path) -> None:
    with counted(connections):
        pass
    assert log.exists()
    connections.keep_none()
    assert not log.exists()
    with counted(connections):
        pass
    assert not log.exists()
    assert value(connections) == 2


def test_what_is_under_way_as_the_end_is_told_is_let_go_of_as_well(connections: Connections, log: Path) -> None:
    with counted(connections):
        connections.keep_none()
    assert not log.exists()
    assert value(connections) == 1
