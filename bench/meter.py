"""Counts what goes over the wire: bytes both ways, and the connections on which they do.

It stands between a browser and a server, and hands on what comes, as it comes. Thus everything is counted that a
network would have to carry but what TCP adds: the browser's own tools leave out what it sends.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

# More than one answer of the shop; what is longer comes in several.
CHUNK = 65_536


class Meter:
    """`address` is asked in place of the server's."""

    def __init__(self, server: str) -> None:
        host = urlsplit(server)
        self._server = (host.hostname, host.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.up = self.down = self.connections = 0

    @property
    def bytes(self) -> int:
        return self.up + self.down

    def reset(self) -> None:
        self.up = self.down = self.connections = 0

    def accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                browser, _ = self._listening.accept()
                self.connections += 1
                server = socket.create_connection(self._server)
                for way in ((browser, server, "up"), (server, browser, "down")):
                    Thread(target=self._hand_on, args=way, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _hand_on(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with suppress(OSError), source, target:
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while chunk := source.recv(CHUNK):
                setattr(self, way, getattr(self, way) + len(chunk))
                target.sendall(chunk)
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def metered(server: str) -> Iterator[Meter]:
    meter = Meter(server)
    Thread(target=meter.accept, daemon=True).start()
    yield meter
    meter.close()
