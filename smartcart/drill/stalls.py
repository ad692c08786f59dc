"""Who connects, sends the head of a form and one byte of it, and then nothing more, as phones do that lose their
network in the middle of a press."""

import select
import socket
from collections.abc import Sequence
from random import Random
from threading import Event, Thread
from urllib.parse import urlsplit

# At once. All come from this machine, of which the shop waits for so many bodies that the shoppers' find room beside
# these (smartcart.web.request_bodies.OF_ONE_ADDRESS).
STALLS = 5
HEAD = (
    b"POST /cart/lines HTTP/1.1\r\nHost: drill\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 1000\r\n\r\nq"
)
# So often those that the shop has sent away, or that its end has cut off, are replaced, in seconds.
TURN = 0.5


class Stalls:
    """Used as a context: they stall for as long as it lasts, and then hang up. `begun` is how many there were."""

    def __init__(self, addresses: Sequence[str], seed: int) -> None:
        self.begun = 0
        self._addresses = addresses
        self._chance = Random(f"{seed} stalls")  # noqa: S311  # no secret
        self._over = Event()
        self._thread = Thread(target=self._stall, name="stalls", daemon=True)

    def __enter__(self) -> "Stalls":
        self._thread.start()
        return self

    def __exit__(self, *ending: object) -> None:
        self._over.set()
        self._thread.join()

    def _stall(self) -> None:
        stalled: list[socket.socket] = []
        while not self._over.wait(TURN):
            for ended in select.select(stalled, [], [], 0)[0]:
                ended.close()
                stalled.remove(ended)
            stalled += [begun for _ in range(STALLS - len(stalled)) if (begun := self._begin())]
        for each in stalled:
            each.close()

    def _begin(self) -> socket.socket | None:
        """None while the shop is away."""
        door = urlsplit(self._chance.choice(self._addresses))
        try:
            stalling = socket.create_connection((door.hostname, door.port), TURN)
            stalling.sendall(HEAD)
        except OSError:
            return None
        self.begun += 1
        return stalling
