"""The shop on a machine whose clock is set: `smartcart`, with as many seconds added to the time as a file says. A
program, run by tests.

    python wrong_clock_shop.py OFFSET serve --port 8000

What nobody can set, the monotonic clock, goes on as it is.
"""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

# The file's name stands behind that of the program; whoever only imports it has none.
OFFSET = Path(sys.argv[1] if len(sys.argv) > 1 else "no offset")
RIGHT_TIME, RIGHT_NOW = time.time, dt.datetime.now


def offset() -> float:
    try:
        return float(OFFSET.read_text() or 0)
    except FileNotFoundError:
        return 0.0


class AnyDatetime(type):
    """Whatever is a moment is one of these, too: the databases' drivers make others."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)


REAL = dt.datetime


class Datetime(REAL, metaclass=AnyDatetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return RIGHT_NOW(tz) + dt.timedelta(seconds=offset())


if __name__ == "__main__":
    dt.datetime = Datetime  # type: ignore[misc]
    time.time = lambda: RIGHT_TIME() + offset()
    from smartcart.commands import main
    from smartcart.gateways.sandbox.gateway import Sandbox

    Sandbox.__init__.__defaults__ = (RIGHT_TIME, time.sleep, "")  # a remote party, with a clock of its own
    sys.argv = ["smartcart", *sys.argv[2:]]
    main()
