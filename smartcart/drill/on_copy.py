"""The process that carries an owner's drill out. `smartcart.admin.drill` starts it, with an environment of its own.

One line of JSON comes in: what is to be drilled. Lines of JSON go out: where it is, at each step and each second, and
in the end the verdict, or why there is none. When standard input ends, whoever has started it is gone, and so is it.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from smartcart.drill.apart import wait_for_end_of_input
from smartcart.drill.catalogue import Catalogue
from smartcart.drill.gateways import Keys
from smartcart.drill.owners_course import Order, run
from smartcart.drill.processes import ShopEnded
from smartcart.gateways.protocol import GatewayError
from smartcart.rules.drills import LIMIT, Scenario, Timing

EACH_SECOND = 1.0
# Whoever is told to end has so long to do it in order, in seconds: requests that are under way are cut off by then.
GRACE = 10.0
ENDED_EARLY = 2


def main() -> None:
    order = _read(os.fdopen(os.dup(0)).readline())
    signal.signal(signal.SIGTERM, _leave)
    with tempfile.TemporaryDirectory(prefix="smartcart-drill-", ignore_cleanup_errors=True) as folder:
        Thread(target=_end_with_the_shop, args=[folder], name="ends with the shop", daemon=True).start()
        Thread(target=_end_at_the_limit, args=[folder], name="ends at the limit", daemon=True).start()
        voice = Voice()
        try:
            parts = run(Path(folder), order, voice.step)
            voice.finish(result=[part.as_json() for part in parts])
        except (ShopEnded, GatewayError) as ended:
            voice.finish(problem=str(ended))


class Voice:
    """Says where the drill is, also while nothing changes."""

    def __init__(self) -> None:
        self._now: dict[str, Any] = {}
        self._is_finished = False
        self._speaking = Lock()
        Thread(target=self._repeat, name="says where the drill is", daemon=True).start()

    def step(self, name: str, number: int, of: int) -> None:
        self._now = {"step": name, "number": number, "of": of}
        self._say()

    def finish(self, **told: Any) -> None:
        """The last word."""
        with self._speaking:
            self._is_finished = True
            _write(told)

    def _say(self) -> None:
        with self._speaking:
            if not self._is_finished:
                _write(self._now)

    def _repeat(self) -> None:
        while not self._is_finished:
            time.sleep(EACH_SECOND)
            self._say()


def _write(told: dict[str, Any]) -> None:
    """Past the buffers, whose locks a thread may hold when Python ends. Nobody may listen any more: then this process
    ends by itself."""
    line = json.dumps(told).encode() + b"\n"
    with suppress(BrokenPipeError):
        while line:
            line = line[os.write(1, line) :]


def _read(line: str) -> Order:
    told = json.loads(line)
    return Order(
        [Scenario(each) for each in told["scenarios"]],
        Catalogue(told["products"], told["shipping"]),
        told["currency"],
        Timing(**told["timing"]),
        Keys(**told["stripe"]) if told["stripe"] else None,
        told["database"],
    )


def _end_with_the_shop(folder: str) -> None:
    wait_for_end_of_input()
    _end(folder)


def _end_at_the_limit(folder: str) -> None:
    time.sleep(LIMIT)
    _end(folder)


def _end(folder: str) -> None:
    """The main thread ends the copy and removes it; or else all of it ends here, and what it has started with it."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(GRACE)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(ENDED_EARLY)


def _leave(*_: object) -> None:
    """Once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(ENDED_EARLY)


if __name__ == "__main__":
    main()
