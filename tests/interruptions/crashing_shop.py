"""The shop with a trap: `smartcart`, but it dies by kill -9 at the moment that a file names. Run by tests,
with `TRAP serve --port 8000` and the like.

The file TRAP holds the name of a moment, and is gone when the shop has died at it.
"""

import os
import signal
import sys
from functools import wraps
from pathlib import Path
from typing import Any

from smartcart import commands, work_queue
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.mail import smtp
from smartcart.outbox import effects as outbox
from smartcart.payments.core import record
from smartcart.payments.flow import gateway_calls
from smartcart.payments.gateway_events import processor
from smartcart.payments.refunds import transitions

# Each moment is the beginning of a function.
MOMENTS: dict[str, tuple[Any, str]] = {
    "an order is placed and not yet written": (record, "add_session"),
    "nothing has left the house": (gateway_calls, "charge"),
    "the reference is open": (Sandbox, "charge"),
    "the gateway has the request": (Sandbox, "_answer"),
    "an event is kept": (processor, "hand_over"),
    "the gateway is asked": (Sandbox, "ask"),
    "the answer is to be written": (record, "settle"),
    "the session is to be closed": (gateway_calls, "close"),
    "the gateway has closed": (record, "end"),
    "the gateway has refunded": (transitions, "settle"),
    "the gateway is to keep a card": (Sandbox, "save_card"),
    "the gateway keeps a card": (Sandbox, "saved_cards"),
    "a letter is to be sent": (smtp, "deliver"),
    "a letter is made": (outbox, "keep_message"),
    "a letter is on record": (smtp, "_hand_over"),
    "a letter has arrived": (work_queue, "done"),
    "the gateway is to forget a card": (Sandbox, "forget"),
}


def main() -> None:
    set_traps(Path(sys.argv.pop(1)))
    commands.main()


def set_traps(trap: Path) -> None:
    for moment, (place, name) in MOMENTS.items():
        setattr(place, name, _dying(getattr(place, name), moment, trap))


def _dying(function: Any, moment: str, trap: Path) -> Any:
    @wraps(function)
    def dies_first(*args: Any, **kwargs: Any) -> Any:
        if trap.exists() and trap.read_text() == moment:
            trap.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return dies_first
