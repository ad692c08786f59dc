"""The process in which a drill is carried out. It ends when this one does, whichever way: then its input ends.

It is told nothing but what the order says, on its standard input, which nobody else can read: its environment is made
from nothing, so that no key, mail server or database of the shop is in it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

from smartcart import places
from smartcart.rules.drills import LIMIT

# The drill stands above this room, as it starts shops: it is a program to us, and no module.
PROGRAM = [sys.executable, "-m", "smartcart.drill.on_copy"]
# Where it finds the code of the shop, wherever that is installed.
CODE = [str(Path(places.__file__).parents[1])]
# It ends by itself at its limit; one that does not is killed so many seconds later.
GRACE = 20.0


@contextmanager
def carrying_out(order: str, code: Sequence[str] = CODE) -> Iterator[Iterator[dict[str, Any]]]:
    """What it says, line by line; at the end of the context it ends. `code` are folders in which modules are found.

    The last line has the `result`, or the `problem` that kept it from one.
    """
    with tempfile.TemporaryFile("w+") as complaints:
        child = subprocess.Popen(  # noqa: S603  # our own program
            PROGRAM,
            env=_environment(code),
            cwd=tempfile.gettempdir(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        too_long = Timer(LIMIT + GRACE, child.kill)
        too_long.daemon = True
        too_long.start()
        try:
            yield _lines(child, order, complaints)
        finally:
            too_long.cancel()
            _end(child)


def _lines(child: "subprocess.Popen[str]", order: str, complaints: Any) -> Iterator[dict[str, Any]]:
    assert child.stdin and child.stdout  # noqa: PT018, S101  # both are pipes
    # One that has ended before it was told anything has said why.
    with suppress(BrokenPipeError):
        child.stdin.write(f"{order}\n")
        child.stdin.flush()
    told: dict[str, Any] = {}
    for line in child.stdout:
        yield (told := json.loads(line))
    if not {"result", "problem"} & told.keys():
        complaints.seek(0)
        yield {"problem": ["It ended without a word.", *complaints.read().splitlines()][-1]}


def _end(child: "subprocess.Popen[str]") -> None:
    """It removes what it has made. Who does not within its grace is killed, and what it has started ends with it."""
    try:
        child.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()


def _environment(code: Sequence[str]) -> dict[str, str]:
    """Where programs and modules are, and where files go. Nothing is inherited."""
    return {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(code), "TMPDIR": tempfile.gettempdir()}
