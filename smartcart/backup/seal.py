"""A backup's seal: a checksum of the file in the file, which tells that it is as it was when it was checked.

It stands where SQLite leaves four bytes of the header to others, and is 0 in a database that nobody has sealed
(https://www.sqlite.org/fileformat2.html#user_version_number). It tells damage, not who means harm; a backup whose seal
is missing or broken is read through by SQLite instead, which takes many times as long as to copy it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

# Where the seal is, and how long, in bytes; and how much is read at once.
PLACE, SIZE = 60, 4
PIECE = 2**20


def seal(file: Path) -> None:
    """Write the checksum of a file that was checked into it."""
    with file.open("r+b") as opened:
        checksum = 0
        for piece in _unsealed(opened):
            checksum = crc32(piece, checksum)
        opened.seek(PLACE)
        opened.write(checksum.to_bytes(SIZE, "big"))


def copy_unsealed(file: Path, target: Path) -> bool:
    """Copy a backup, without its seal; returns whether that shows it to be whole. Raises OSError."""
    with file.open("rb") as source, target.open("wb") as copy:
        checksum = 0
        for piece in _unsealed(source):
            checksum = crc32(piece, checksum)
            copy.write(piece)
        source.seek(PLACE)
        return source.read(SIZE) == checksum.to_bytes(SIZE, "big")


def _unsealed(file: BinaryIO) -> Iterator[bytes]:
    """The file's contents from the beginning, as they are without a seal."""
    first = file.read(PIECE)
    yield first[:PLACE] + bytes(SIZE) + first[PLACE + SIZE :]
    while piece := file.read(PIECE):
        yield piece
