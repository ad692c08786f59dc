"""One request to an address that merchants have named: never to a place around this machine, and never for long.

The name is looked up here, each address that it leads to is checked, and the connection goes to one that was: what
would look it up again may be led elsewhere. Nothing is sent by a proxy, and no redirect is followed.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from smartcart.rules import merchant_webhooks as rules
from smartcart.rules.proxies import Network

# Standard Webhooks recommends from 15 to 30 s; all of it, from the looking up of the name on.
WHOLE = 15.0
# Whoever reads an answer wants to know what went wrong, in bytes. More is not read.
LONGEST_ANSWER = 4096
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Answer:
    """What a receiver said, as far as it was read."""

    status: int
    text: str


class NoAnswer(Exception):
    """It was not sent, or nobody knows whether it arrived; the message says why."""


@dataclass
class _Limit:
    """The end of the time that a request may take; whoever is waiting then sees the connection end."""

    ends_at: float = field(default_factory=lambda: monotonic() + WHOLE)

    def left(self) -> float:
        """In seconds. Raises TimeoutError where there are none."""
        if (left := self.ends_at - monotonic()) <= 0:
            raise TimeoutError
        return left

    @contextmanager
    def of(self, connection: socket.socket) -> Iterator[None]:
        """A connection ends with it, also one whose other side sends a byte now and then."""
        timer = Timer(self.left(), _hang_up, [connection])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def post(url: str, headers: Mapping[str, str], body: bytes, allowed: Sequence[Network]) -> Answer:
    """Send a body, and return what was answered. Raises NoAnswer."""
    limit = _Limit()
    try:
        parts = urlsplit(url)
        with _connected(parts, limit, allowed) as connection, limit.of(connection):
            answer = _ask(parts, connection, headers, body)
            limit.left()  # one that was cut short looks like one that ends
            return answer
    except (OSError, HTTPException, ValueError) as error:
        late = limit.ends_at <= monotonic()
        raise NoAnswer(f"no answer within {WHOLE:.0f} s" if late else _in_words(error)) from error


@contextmanager
def _connected(parts: SplitResult, limit: _Limit, allowed: Sequence[Network]) -> Iterator[socket.socket]:
    """A connection to the first address that takes one. Raises OSError, ValueError and NoAnswer."""
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    addresses = _looked_up(host, port)
    for address in addresses:
        if refusal := rules.refusal_of_address(address, parts.scheme, allowed):
            raise NoAnswer(f"not sent: {refusal}")
    with _first_that_answers(addresses, port, limit) as plain:
        if parts.scheme == "http":
            yield plain
        else:
            plain.settimeout(limit.left())
            with limit.of(plain), _tls().wrap_socket(plain, server_hostname=host) as encrypted:
                yield encrypted


def _looked_up(host: str, port: int) -> list[str]:
    """All addresses of a name, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for _, _, _, _, where in found))


def _first_that_answers(addresses: Sequence[str], port: int, limit: _Limit) -> socket.socket:
    """Raises OSError, that of the last, and TimeoutError."""
    for address in addresses[:-1]:
        with suppress(OSError):  # as where there is no way to those of IPv6; half of what is left is for the others
            return socket.create_connection((address, port), timeout=limit.left() / 2)
    return socket.create_connection((addresses[-1], port), timeout=limit.left())


@cache
def _tls() -> ssl.SSLContext:
    """It checks the certificate and its name, and takes some milliseconds to make."""
    return ssl.create_default_context()


def _ask(parts: SplitResult, connection: socket.socket, headers: Mapping[str, str], body: bytes) -> Answer:
    http = HTTPConnection(parts.netloc)
    http.sock = connection
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    # Host is the name as it was given, with its port if that is no usual one (RFC 9110, section 7.2).
    http.request("POST", path, body, {**headers, "Host": parts.netloc, "Connection": "close"})
    response = http.getresponse()
    return Answer(response.status, response.read(LONGEST_ANSWER).decode(errors="replace"))


def _hang_up(connection: socket.socket) -> None:
    """From beside: whoever waits for an answer sees the connection end."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _in_words(error: Exception) -> str:
    return str(error) or type(error).__name__
