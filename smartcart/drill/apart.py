"""How each process of a drilled shop begins: apart from the shop on whose machine it runs, and tied to its drill.

It reads no `.env`, in which the settings of the real shop may stand, its keys and its mail server among them. It ends
when the drill does, however that ended: the pipe that the drill holds open to it is closed then by the system.
"""

import os
import signal
from threading import Thread

from smartcart.config import files
from smartcart.drill.wrong_clock import set_clock

# Set for a process to whose standard input the drill holds the other end.
TIED = "DRILL_TIED"


def begin() -> None:
    """Before anything of the shop is read."""
    files.read_env = lambda file: {}
    if os.environ.get(TIED):
        Thread(target=end_with_the_drill, name="ends with the drill", daemon=True).start()
    set_clock()


def end_with_the_drill() -> None:
    """Wait for the end of standard input, and then end this process and those it has started, as kill -9 would."""
    wait_for_end_of_input()
    os.killpg(0, signal.SIGKILL)


def wait_for_end_of_input() -> None:
    """Returns when nobody holds its other end any more."""
    while os.read(0, 1024):
        pass
