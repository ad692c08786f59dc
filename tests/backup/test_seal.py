"""A backup that is as it was when it was checked tells so; any other is read through."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from smartcart.backup.seal import PIECE, copy_unsealed, seal


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of more than one piece."""
    file = tmp_path / "database"
    with closing(sqlite3.connect(file)) as made, made:
        made.execute("create table word (text)")
        made.execute("insert into word values (zeroblob(?))", (2 * PIECE,))
    return file


def test_what_was_sealed_is_known_to_be_whole_and_its_copy_is_what_it_was(database: Path, tmp_path: Path) -> None:
    before = database.read_bytes()
    seal(database)
    assert copy_unsealed(database, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == before


@pytest.mark.parametrize("place", [40, 62, PIECE + 7, 2 * PIECE])
def test_a_single_bit_breaks_the_seal(database: Path, tmp_path: Path, place: int) -> None:
    seal(database)
    contents = bytearray(database.read_bytes())
    contents[place] ^= 1
    database.write_bytes(contents)
    assert not copy_unsealed(database, tmp_path / "copy")


def test_what_nobody_sealed_is_not_known_to_be_whole(database: Path, tmp_path: Path) -> None:
    assert not copy_unsealed(database, tmp_path / "copy")
