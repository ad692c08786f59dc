"""How many requests a second a server answers, asked by wrk over connections that stay open.

wrk, because one thread of it asks more than any of the servers can answer: the server is what is measured.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.rig import Rig

# As many as it takes to keep a server with eight threads busy; more only wait.
CONNECTIONS = 16
SECONDS = 2
# Processor time is counted in hundredths of a second: it is known to a hundredth.
OF_PROCESSOR_TIME = 1
SCRIPT = Path(__file__).with_name("ask.lua")


class CannotMeasure(Exception):
    """What a person has to do first, or what went wrong, in one line."""


class Asked(NamedTuple):
    """Paths that are asked for in turn; or the first of them, to which a body is posted."""

    paths: Sequence[str]
    headers: Mapping[str, str]
    body: str = ""


def requests_per_second(
    address: str, paths: Sequence[str], folder: Path, headers: Mapping[str, str] | None = None, seconds: int = SECONDS
) -> float:
    """Ask for the paths in turn, over and over. Raises CannotMeasure when an answer was an error."""
    answered, microseconds = _ask(address, Asked(paths, headers or {}), folder, seconds, CONNECTIONS)
    return answered / microseconds * 1_000_000


def processor_seconds_a_request(rig: Rig, address: str, path: str, headers: Mapping[str, str], body: str = "") -> float:
    """What one request costs the server there, asked for the same over and over on one connection.

    `body` is posted, each time with another number in the place of its %d. One after another, as it is where nobody
    queues: in a rush a server wakes up once for many. Raises CannotMeasure when an answer was an error.
    """
    before = rig.processor_seconds(address)
    answered, _ = _ask(address, Asked([path], headers, body), rig.folder, OF_PROCESSOR_TIME, 1)
    return (rig.processor_seconds(address) - before) / answered


def _ask(address: str, asked: Asked, folder: Path, seconds: int, connections: int) -> tuple[int, int]:
    """How many requests were answered, in how many microseconds."""
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk is not installed: apt-get install wrk")
    files = [folder / "paths.txt"]
    files[0].write_text("\n".join(asked.paths))
    if asked.body:
        files.append(folder / "body.json")
        files[1].write_text(asked.body)
    options = [f"--connections={connections}", "--threads=1", f"--duration={seconds}s", f"--script={SCRIPT}"]
    options += [f"--header={name}: {value}" for name, value in asked.headers.items()]
    done = subprocess.run(["wrk", *options, address, "--", *files], capture_output=True, text=True, check=True)
    answered, errors, microseconds = map(int, done.stdout.split("counted:")[1].split())
    if errors:
        raise CannotMeasure(f"{errors} of {answered} requests to {address}{asked.paths[0]} went wrong")
    return answered, microseconds
