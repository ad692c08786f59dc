"""Bodies that do not come are played at the drilled shop all the time, a bounded number, and end with the drill."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from smartcart.drill.stalls import HEAD, STALLS, Stalls
from tests.support.waiting import wait_for


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0)
        yield door


def test_those_that_are_sent_away_are_replaced_and_all_hang_up_in_the_end(door: socket.socket) -> None:
    here: list[socket.socket] = []

    def come_in() -> int:
        with suppress(BlockingIOError):
            here.append(door.accept()[0])
        return len(here)

    with Stalls([f"http://127.0.0.1:{door.getsockname()[1]}"], seed=1) as stalls:
        wait_for(lambda: come_in() == STALLS)
        here.pop().close()
        wait_for(lambda: come_in() == STALLS)
        assert stalls.begun == STALLS + 1
    for each in here:
        each.settimeout(30)
        assert each.makefile("rb").read() == HEAD
        each.close()
