"""The door is closed behind those who have come through it."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from smartcart.server.listener import let_nobody_in, listening_at
from tests.support.running import free_port

LIMIT = 10.0


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with listening_at("127.0.0.1", free_port()) as door:
        yield door


def test_who_has_come_before_is_waited_for_and_heard(door: socket.socket) -> None:
    closing = Thread(target=let_nobody_in, args=[door])
    with socket.create_connection(door.getsockname()) as early:
        early.sendall(b"a request")
        closing.start()
        closing.join(1)
        assert closing.is_alive(), "the server has not taken the connection over yet"
        taken, _ = door.accept()
        with taken:
            assert taken.recv(100) == b"a request"
            closing.join(LIMIT)
            assert not closing.is_alive()
            taken.sendall(b"an answer")
            assert early.recv(100) == b"an answer"


def test_who_comes_later_is_let_in_by_the_next_shop(door: socket.socket) -> None:
    """The system knocks again by itself; meanwhile the shop was started anew."""
    let_nobody_in(door)
    with socket.socket() as late:
        late.settimeout(0)
        assert late.connect_ex(door.getsockname()) != 0
        address = door.getsockname()
        door.close()
        with listening_at(*address) as next_door:
            next_door.settimeout(LIMIT)
            taken, _ = next_door.accept()
            taken.close()


def test_where_the_system_refuses_the_filter_the_shop_ends_all_the_same(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcart.server.listener.SO_ATTACH_FILTER", 9999)  # no such option
    let_nobody_in(door)
    with socket.create_connection(door.getsockname()):
        pass
