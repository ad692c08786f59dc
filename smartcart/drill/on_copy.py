"""The process that carries an owner's drill out. `smartcart.admin.drill` starts it, with an environment of its own.

One line of JSON comes in: what is to be drilled. Lines of JSON go out: where it is, at each step and each second, and
in the end the verdict, or why there is none. When standard input ends, whoever has started it is gone, and so is it.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from typing import Any

from smartcart.drill.apart import wait_for_end_of_input
from smartcart.drill.catalogue import Catalogue
from smartcart.drill.owners_course import Order, run
from smartcart.drill.processes import ShopEnded
from smartcart.rules.drills import LIMIT, Scenario, Timing

EACH_SECOND = 1.0


def main() -> None:
    order = _read(os.fdopen(os.dup(0)).readline())
    signal.signal(signal.SIGTERM, _end)
    Thread(target=_end_with_the_shop, name="ends with the shop", daemon=True).start()
    limit = Timer(LIMIT, os.kill, (os.getpid(), signal.SIGTERM))
    limit.daemon = True
    limit.start()
    voice = Voice()
    with tempfile.TemporaryDirectory(prefix="smartcart-drill-") as folder:
        try:
            parts = run(Path(folder), order, voice.step)
            voice.say(result=[part.as_json() for part in parts])
        except ShopEnded as ended:
            voice.say(problem=str(ended))


class Voice:
    """Says where the drill is, also while nothing changes."""

    def __init__(self) -> None:
        self._now: dict[str, Any] = {}
        self._speaking = Lock()
        Thread(target=self._repeat, name="says where the drill is", daemon=True).start()

    def step(self, name: str, number: int, of: int) -> None:
        self._now = {"step": name, "number": number, "of": of}
        self.say(**self._now)

    def say(self, **told: Any) -> None:
        """Nobody may listen any more: then this process ends by itself."""
        try:
            with self._speaking:
                print(json.dumps(told), flush=True)
        except BrokenPipeError:
            pass

    def _repeat(self) -> None:
        while not Event().wait(EACH_SECOND):
            self.say(**self._now)


def _read(line: str) -> Order:
    told = json.loads(line)
    return Order(
        [Scenario(each) for each in told["scenarios"]],
        Catalogue(told["products"], told["shipping"]),
        told["currency"],
        Timing(**told["timing"]),
    )


def _end_with_the_shop() -> None:
    wait_for_end_of_input()
    os.kill(os.getpid(), signal.SIGTERM)


def _end(*_: object) -> None:
    """So that the copy is ended and removed; once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(2)


if __name__ == "__main__":
    main()
