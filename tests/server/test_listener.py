"""The listening socket is closed behind those who have come, or is systemd's and is not closed at all."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from smartcart.server.listener import ROUND_TRIP, Listener, lent_listener, let_go, let_nobody_in, listening_at
from tests.support.ports import free_port
from tests.support.running import SMARTCART
from tests.support.systemd import run_with

LIMIT = 10.0


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = listening_at("127.0.0.1", free_port())
    with listener.socket:
        yield listener


def test_who_has_come_before_is_waited_for_and_heard(listener: Listener) -> None:
    closing = Thread(target=let_nobody_in, args=[listener])
    with socket.create_connection(listener.socket.getsockname()) as early:
        early.sendall(b"a request")
        closing.start()
        closing.join(1)
        assert closing.is_alive(), "the server has not taken the connection over yet"
        taken, _ = listener.socket.accept()
        with taken:
            assert taken.recv(100) == b"a request"
            closing.join(LIMIT)
            assert not closing.is_alive()
            taken.sendall(b"an answer")
            assert early.recv(100) == b"an answer"


def test_whom_the_server_has_no_room_for_is_not_waited_for(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcart.server.listener.LONGEST_QUEUE", 0.5)
    closing = Thread(target=let_nobody_in, args=[listener], daemon=True)
    with socket.create_connection(listener.socket.getsockname()):
        closing.start()
        closing.join(LIMIT)
        assert not closing.is_alive()


def test_who_comes_later_is_let_in_by_the_next_shop(listener: Listener) -> None:
    """The system knocks again by itself; meanwhile the shop was started anew."""
    let_nobody_in(listener)
    with socket.socket() as late:
        late.settimeout(0)
        address = listener.socket.getsockname()
        assert late.connect_ex(address) != 0
        listener.socket.close()
        with listening_at(*address).socket as next_socket:
            next_socket.settimeout(LIMIT)
            taken, _ = next_socket.accept()
            taken.close()


def test_where_the_system_refuses_the_filter_the_shop_ends_all_the_same(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcart.server.listener.SO_ATTACH_FILTER", 9999)  # no such option
    let_nobody_in(listener)
    with socket.create_connection(listener.socket.getsockname()):
        pass


def test_whoever_was_taken_over_last_has_a_moment_to_speak(listener: Listener) -> None:
    """A server that was told to stop closes on whom it has not heard from yet."""
    with socket.create_connection(listener.socket.getsockname()):
        taken, _ = listener.socket.accept()
        with taken:
            before = time.monotonic()
            let_nobody_in(listener)
            assert time.monotonic() - before >= ROUND_TRIP


def test_who_comes_to_a_socket_that_is_lent_is_let_in_once_this_shop_has_let_go(listener: Listener) -> None:
    address = listener.socket.getsockname()
    lent = Listener(listener.socket.dup(), is_lent=True)
    let_nobody_in(lent)
    with socket.socket() as late:
        late.settimeout(0)
        assert late.connect_ex(address) != 0
        let_go(lent)
        listener.socket.settimeout(LIMIT)
        taken, _ = listener.socket.accept()
        taken.close()


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    """A shell that systemd has started, say, which then starts the shop."""
    environment = {
        "LISTEN_PID": str(os.getppid()),
        "LISTEN_FDS": "1",
        "LISTEN_FDNAMES": "smartcart.socket",
        "HOME": "/",
    }
    assert lent_listener(environment) is None
    assert environment == {"HOME": "/"}


def two_sockets() -> tuple[socket.socket, int]:
    return socket.create_server(("127.0.0.1", 0)), 2


def one_of_datagrams() -> tuple[socket.socket, int]:
    return socket.socket(type=socket.SOCK_DGRAM), 1


def one_that_does_not_listen() -> tuple[socket.socket, int]:
    return socket.socket(), 1


def one_that_is_a_file() -> tuple[socket.socket, int]:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("")  # Linux makes up an address, unix(7)
    listening.listen()
    return listening, 1


@pytest.mark.parametrize(
    ("handed_over", "why"),
    [
        (two_sockets, "hands over 2 sockets"),
        (one_of_datagrams, "no TCP port"),
        (one_that_does_not_listen, "no TCP port"),
        (one_that_is_a_file, "no TCP port"),
    ],
)
def test_what_cannot_be_served_is_one_line(handed_over: Callable[[], tuple[socket.socket, int]], why: str) -> None:
    given, number = handed_over()
    with given:
        done = run_with(given.fileno(), [SMARTCART, "serve"], {}, number)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert why in done.stderr
