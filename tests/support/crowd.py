"""A crowd of connections that want nothing or take nothing: phones without a network, slow readers, and worse."""

import socket
from contextlib import ExitStack

from tests.support.connections import connected, loopback, post

STALLED = 800
OTHERS = 200


def stall(crowd: ExitStack, port: int, sent: bytes, address: str) -> socket.socket:
    """Returns a connection that has sent so much, and no more."""
    connection = crowd.enter_context(connected(port, address))
    connection.sendall(sent)
    return connection


def read_slowly(crowd: ExitStack, port: int, address: str) -> None:
    """It asks for more than the system keeps for it, and takes nothing."""
    connection = crowd.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall(b"GET /static/vendor/htmx.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50)


def come_in(crowd: ExitStack, port: int) -> None:
    """800 bodies that stall, 200 slow headers, 200 slow readers and 200 that say nothing, each from its own address."""
    for number in range(STALLED):
        stall(crowd, port, post("/cart/lines", b"p", 1000), loopback(number))
    for number in range(STALLED, STALLED + OTHERS):
        stall(crowd, port, b"GET / HTTP/1.1\r\nHost: 127", loopback(number))
        read_slowly(crowd, port, loopback(number))
        stall(crowd, port, b"", loopback(number))
