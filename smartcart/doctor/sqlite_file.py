"""SQLite's file: whether those who serve the shop have the one open that stands there, and how long its log is."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from smartcart.database.sqlite_file import COMPANIONS, LONG_LOG, LONGEST_LOG, log_size
from smartcart.doctor import Finding, ok, warning, wrong

SUBJECT = "database file"
# What Linux writes behind the name of a file that was deleted while somebody had it open: proc_pid_fd(5).
DELETED = " (deleted)"


def missing(file: Path | None) -> Finding | None:
    """That the file is not there; to look into it would make an empty one."""
    if file is None or file.exists():
        return None
    return wrong(
        "database", f"There is no file {file}.", "If this is a new shop, run: smartcart migrate. Else restore it."
    )


def check(file: Path) -> Finding:
    file = file.resolve()
    if astray := [process for process in _using(file) if not _has_open(process, file)]:
        names = ", ".join(process.name for process in astray)
        found = f"{file} is not the file that the running shop has open (process {names}): it was replaced or deleted."
        return wrong(SUBJECT, found, "Stop the shop, put the right file there, and start it again.")
    if (size := log_size(file)) >= LONG_LOG:
        found = (
            f"Its write-ahead log has {size // 2**20} MB, for somebody reads from it and does not end;"
            f" at {LONGEST_LOG // 2**20} MB nothing more is written."
        )
        return warning(SUBJECT, found, f"Find who has it open, and end that: fuser {file}")
    return ok(SUBJECT, "Whoever serves the shop has the file open that stands there.")


def _using(file: Path) -> Iterator[Path]:
    """The processes of this user that have opened the database by its name; none where the system does not tell."""
    names = {f"{file}{ending}" for ending in ("", *COMPANIONS)}
    for process in Path("/proc").glob("[0-9]*"):
        if any(target.removesuffix(DELETED) in names for target in _open_files(process).values()):
            yield process


def _has_open(process: Path, file: Path) -> bool:
    """Whether a process has the file itself open, and its log if it has one open at all."""
    opened = _open_files(process)
    is_there = any(_is_same(descriptor, file) for descriptor in opened)
    return is_there and f"{file}-wal{DELETED}" not in opened.values()


def _open_files(process: Path) -> dict[Path, str]:
    """What a process has open, by its descriptors; nothing of one that has ended, or is somebody else's."""
    found = {}
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                found[descriptor] = str(descriptor.readlink())
    return found


def _is_same(descriptor: Path, file: Path) -> bool:
    try:
        return descriptor.samefile(file)
    except OSError:
        return False
