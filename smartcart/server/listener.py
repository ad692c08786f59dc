"""The listening socket: systemd's, or one of our own, that can be left without losing anybody who has come through it.

Who connects is let in by the kernel, and may have sent the request before the server has taken the connection over, or
a moment after that. A server that ends resets whom it has not taken over yet, and closes on whom it has not heard from
yet. So nobody new is let in first, and it ends when the last one has been taken over and had a moment to speak.
systemd goes on listening while the shop is started anew: who comes meanwhile waits, and the next shop answers.
docs/decisions/0021-systemd-holds-the-door.md
"""

import ctypes
import os
import select
import socket
import struct
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass

# As many as the kernel lets in while the server is busy.
BACKLOG = 1024
# What each connection inherits from the listening socket (tcp(7), socket(7)).
FOR_ALL_WHO_COME_IN = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # no answer is held back
    # Who vanished without a word (a phone that lost its network, a machine without power) is asked for after a minute
    # of silence, and gone when four questions, 15 s apart, went unheard; the system itself would wait for two hours.
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, option), value)
        for option, value in (
            ("TCP_KEEPIDLE", 60),
            ("TCP_KEEPINTVL", 15),
            ("TCP_KEEPCNT", 4),
            # And so is who takes nothing of an answer for two minutes (milliseconds), whether gone or only not reading.
            ("TCP_USER_TIMEOUT", 120_000),
        )
        if hasattr(socket, option)  # not everywhere by these names
    ),
]
# Linux's numbers for a filter on a socket (asm-generic/socket.h), which Python does not name.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
# A program for it, an instruction a row: load the byte of TCP's flags; of these, SYN and ACK; if it is SYN alone, the
# beginning of a new connection, drop it; let all else pass. Who is dropped tries again after a second, by itself.
NO_NEW_CONNECTION = [
    (0x30, 0, 0, 13),
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
]
# Who had begun to connect is through within one round trip, around the world at worst, and has sent what they came for
# within another. In seconds.
ROUND_TRIP = 0.3
# A server that has not taken over by then whoever waits has no room for them; it frees some by ending. In seconds.
LONGEST_QUEUE = 5.0
# systemd's first socket for a process that it starts: SD_LISTEN_FDS_START of sd_listen_fds(3).
# https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
FIRST_LENT = 3
# How it says which process they are for, how many there are, and what they are called.
LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"


class CannotListen(Exception):
    """Nobody can be served at this address; the message is one line for the person who starts the shop."""


@dataclass(frozen=True)
class Listener:
    """A listening socket. `is_lent`: by systemd, which listens on when the shop has ended."""

    socket: socket.socket
    is_lent: bool = False

    @property
    def address(self) -> str:
        """Returns host and port as they stand in a URL."""
        host, port, *_ = self.socket.getsockname()
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def lent_listener(environment: MutableMapping[str, str]) -> Listener | None:
    """Returns the socket that systemd has opened for this process, None where there is none. Raises CannotListen.

    As sd_listen_fds(3) has it: it is for us only where it names our process, and no child of ours is to know of it.
    """
    process, number = environment.pop(LISTEN_PID, ""), environment.pop(LISTEN_FDS, "")
    environment.pop(LISTEN_FDNAMES, None)
    if process != str(os.getpid()):
        return None
    if number != "1":
        raise CannotListen(f"systemd hands over {number} sockets; the shop serves one. See its smartcart.socket.")
    with socket.socket(fileno=FIRST_LENT) as lent:
        if not _is_tcp_and_listens(lent):
            raise CannotListen("systemd hands over no TCP port. See ListenStream= in its smartcart.socket.")
        _detach_filter(lent)  # of a shop that was killed at its end
        return Listener(_prepared(lent.dup()), is_lent=True)  # a copy that no child inherits


def listening_at(host: str, port: int) -> Listener:
    """Returns a socket of our own at this address; who comes before the server is ready waits for it.

    Raises CannotListen.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        return Listener(_prepared(socket.create_server(address, family=family, backlog=BACKLOG)))
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise CannotListen(f"Nothing can be served at {host} port {port}: {reason}.") from None


def let_nobody_in(listener: Listener) -> None:
    """From now on nobody new comes in; returns when the server has taken over everybody who had, and could hear them.

    Where it has no room for them, it is not waited for: on a socket that is lent they are the next shop's.
    Who comes all the same is not refused: their system knocks again, after a second the first time.
    """
    if sys.platform == "linux":  # elsewhere somebody may slip in at the last moment
        # So they may where Linux refuses: with its memory for filters used up, it lets only root add one more.
        with suppress(OSError):
            _attach_filter(listener.socket)
    began = quiet_since = time.monotonic()
    while time.monotonic() < min(quiet_since + ROUND_TRIP, began + LONGEST_QUEUE):
        if select.select([listener.socket], [], [], 0)[0]:
            quiet_since = time.monotonic()
        time.sleep(0.01)


def let_go(listener: Listener) -> None:
    """This process takes nobody over any more. Who comes to a socket that is lent waits for the next shop."""
    if listener.is_lent:
        _detach_filter(listener.socket)
    listener.socket.close()


def _is_tcp_and_listens(given: socket.socket) -> bool:
    is_tcp = given.family in (socket.AF_INET, socket.AF_INET6) and given.type == socket.SOCK_STREAM
    return is_tcp and given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


def _prepared(listening: socket.socket) -> socket.socket:
    for level, option, value in FOR_ALL_WHO_COME_IN:
        listening.setsockopt(level, option, value)
    return listening


def _attach_filter(listening: socket.socket) -> None:
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in NO_NEW_CONNECTION))
    listening.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(NO_NEW_CONNECTION), ctypes.addressof(program))
    )


def _detach_filter(listening: socket.socket) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # there is none
            listening.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
