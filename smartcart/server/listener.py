"""The shop's door: a listening socket that can be closed without losing anybody who has come through it already.

Who connects is let in by the kernel, and may have sent the request before the server has taken the connection over. A
server that just closes its door resets all of these. So nobody new is let in first, and the door is closed when the
last one has been taken over.
"""

import ctypes
import select
import socket
import struct
import sys
import time
from contextlib import suppress

# As many as the kernel lets in while the server is busy.
BACKLOG = 1024
# What each connection inherits from the door (tcp(7), socket(7)).
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
# Linux's number for a filter on a socket (asm-generic/socket.h), which Python does not name.
SO_ATTACH_FILTER = 26
# A program for it, an instruction a row: load the byte of TCP's flags; of these, SYN and ACK; if it is SYN alone, the
# beginning of a new connection, drop it; let all else pass. Who is dropped tries again after a second, by itself.
NO_NEW_CONNECTION = [
    (0x30, 0, 0, 13),
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
]
# Who had begun to connect is through within one round trip, around the world at worst. In seconds.
ROUND_TRIP = 0.3


class CannotListen(Exception):
    """Nobody can be served at this address; the message is one line for the person who starts the shop."""


def listening_at(host: str, port: int) -> socket.socket:
    """An open door at this address; who comes before the server is ready waits for it. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        door = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise CannotListen(f"Nothing can be served at {host} port {port}: {reason}.") from None
    for level, option, value in FOR_ALL_WHO_COME_IN:
        door.setsockopt(level, option, value)
    return door


def let_nobody_in(door: socket.socket) -> None:
    """From now on nobody new comes in; returns when the server has taken over everybody who had."""
    if sys.platform == "linux":  # elsewhere somebody may slip in at the last moment
        # So they may where Linux refuses: with its memory for filters used up, it lets only root add one more.
        with suppress(OSError):
            _attach_filter(door)
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < ROUND_TRIP:
        if select.select([door], [], [], 0)[0]:
            quiet_since = time.monotonic()
        time.sleep(0.01)


def _attach_filter(door: socket.socket) -> None:
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in NO_NEW_CONNECTION))
    door.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(NO_NEW_CONNECTION), ctypes.addressof(program))
    )
