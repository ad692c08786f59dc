"""Connections by hand, byte for byte: what no well-behaved client sends."""

import re
import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LIMIT = 15.0


@contextmanager
def many_files(wanted: int) -> Iterator[None]:
    """This process may have so many connections open; by default the system lets it have a thousand."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert before[1] == resource.RLIM_INFINITY or before[1] >= wanted, "the system allows too few"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def loopback(number: int) -> str:
    """One of the addresses of this machine; another for each number."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def connected(port: int, address: str = "127.0.0.1") -> socket.socket:
    """A connection to the shop on this port from one of this machine's addresses."""
    return socket.create_connection(("127.0.0.1", port), LIMIT, (address, 0))


def post(path: str, body: bytes, length: int | None, *headers: str) -> bytes:
    """A POST of a form; in chunks, the last of them missing, where its length is not announced."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    body = b"%x\r\n%s\r\n" % (len(body), body) if length is None else body
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", framing]
    if not any(header.startswith("Content-Type") for header in headers):
        lines.append("Content-Type: application/x-www-form-urlencoded")
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body


def reset(connection: socket.socket) -> None:
    """End it by RST, as a crashed machine does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def rest(connection: socket.socket) -> str:
    """All that still comes, up to the end of the connection."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received.decode("latin-1")


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has opened the catalogue: the cookies that came with it, and the token of its forms."""

    cookies: dict[str, str]
    token: str

    @property
    def cookie(self) -> str:
        """The header that brings the cookies back."""
        return "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def newcomer(port: int) -> Newcomer:
    page = ask(port, "/")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page[:500]
    return Newcomer(set_cookies(page), token[1])


def ask(port: int, path: str, *headers: str, address: str = "127.0.0.1") -> str:
    """The whole answer to a GET with these headers."""
    with connected(port, address) as connection:
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        return rest(connection)


def set_cookies(answer: str) -> dict[str, str]:
    return dict(re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", answer))


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])
