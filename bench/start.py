"""From nothing to the first answer, and the memory of what then waits for more; and commands that only print."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from bench.figures import Figure, interleaved, milliseconds, ratio
from bench.processor import memory_of, seconds_of
from bench.rig import DATABASES, SERVER_CORE, SMARTCART, Rig
from bench.start_bare import LIBRARIES
from tests.support.ports import free_port
from tests.support.waiting import wait_for

START_LIMIT = 60.0
DRIVERS = {
    "SQLite": ["sqlalchemy.dialects.sqlite", "sqlite3"],
    "PostgreSQL": ["sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "sqlite3", "psycopg"],
}
# What a start puts off is done so long after the first answer, in seconds.
SETTLED = 1.0
MEGABYTE = 2**20
# In seconds.
AT_ONCE = 0.1


def figures(rig: Rig) -> Iterator[Figure]:
    for database in DATABASES:
        yield from _start(rig, database)
    yield from _commands(rig)


def _start(rig: Rig, database: str) -> Iterator[Figure]:
    environment = rig.environment(rig.database(database))
    # A shop usually makes its own, once. One that is given is compared with its hash, a quarter of a second each time.
    del environment["SMARTCART_ADMIN_PASSWORD"]
    memory: dict[str, list[float]] = {"shop": [], "bare": [], "libraries": []}

    def start(name: str, command: Sequence[object]) -> float:
        seconds, size = _started(command, environment)
        memory[name].append(size)
        return seconds

    bare = [sys.executable, "-m", "bench.start_bare"]
    ways = {
        "shop": lambda: start("shop", [sys.executable, "-m", "bench.start_shop", "serve", "--port"]),
        "bare": lambda: start("bare", bare),
        "libraries": lambda: start("libraries", [*bare, *LIBRARIES, *DRIVERS[database]]),
    }
    found = interleaved(ways, rig.rounds)
    for kind, of, limits in (("shop", "", (3, 2)), ("libraries", " with the shop's libraries alone", (None, None))):
        yield Figure(
            f"start to the first answer{of}, processor, of granian with bare Flask",
            database,
            ratio(found[kind], found["bare"]),
            milliseconds(found[kind]),
            milliseconds(found["bare"]),
            at_most=limits[0],
        )
        yield Figure(
            f"memory of all processes at rest{of}, of granian with bare Flask",
            database,
            ratio(memory[kind], memory["bare"]),
            *(f"{median(memory[name]) / MEGABYTE:.0f} MB" for name in (kind, "bare")),
            at_most=limits[1],
        )


def _started(command: Sequence[object], environment: Mapping[str, str]) -> tuple[float, float]:
    """The processor time of a server until its first answer, and its memory in bytes, at rest."""
    port = free_port()
    pinned = ["taskset", "--cpu-list", str(SERVER_CORE), *map(str, command), str(port)]
    with subprocess.Popen(pinned, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: _answers(port, process), START_LIMIT)
            seconds = seconds_of(process.pid)
            time.sleep(SETTLED)
            return seconds, memory_of(process.pid)
        finally:
            process.terminate()


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"it ended with {process.returncode} before it answered: {process.args}"
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except (URLError, OSError):
        return False


def _commands(rig: Rig) -> Iterator[Figure]:
    ways = {
        "smartcart version": lambda: _seconds(SMARTCART, "version"),
        "smartcart --help": lambda: _seconds(SMARTCART, "--help"),
        "python -c pass": lambda: _seconds(sys.executable, "-c", "pass"),
    }
    found = interleaved(ways, rig.rounds)
    bare = found.pop("python -c pass")
    for name, took in found.items():
        yield Figure(
            f"{name}, of {AT_ONCE * 1000:.0f} ms", "", median(took) / AT_ONCE, milliseconds(took), "", at_most=1
        )
        yield Figure(f"{name}, of python -c pass", "", ratio(took, bare), milliseconds(took), milliseconds(bare))


def _seconds(*command: object) -> float:
    began = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
