"""The mail server of an owner's drill: it speaks as much of SMTP (RFC 5321) as a shop does that hands letters over,
keeps what it has taken, and can be out of reach."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.parser import BytesHeaderParser
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from smartcart.drill.mailbox import Copy
from smartcart.outbox.models import Fate

HERE = "127.0.0.1"
# Section 4.2.3; whatever else is said is agreed to.
ANSWERS = {b"DATA": b"354 End with a dot", b"QUIT": b"221 Goodbye"}
GREETING, AGREED = b"220 drill.example", b"250 OK"


class MailServer:
    """It is within reach from the beginning."""

    fate = Fate.DELIVERED

    def __init__(self) -> None:
        self._taken: list[tuple[str, Copy]] = []
        self._door = self._listen(0)

    @property
    def settings(self) -> dict[str, object]:
        """Of a shop that sends by it."""
        address = {"SMTP_HOST": HERE, "SMTP_PORT": self._door.server_address[1], "SMTP_SECURITY": "none"}
        return {**address, "MAIL_FROM": "drill@example.org"}

    def names(self) -> Sequence[str]:
        return list(dict(self._taken))

    def copies(self, name: str) -> Sequence[Copy]:
        return [copy for each, copy in self._taken if each == name]

    def take(self, message: bytes) -> None:
        """One that came whole, by the name that its Message-ID has."""
        name = str(BytesHeaderParser().parsebytes(message)["Message-ID"]).strip("<>").rpartition("@")[0]
        self._taken.append((name, Copy(message, time.time())))

    @contextmanager
    def outage(self) -> Iterator[None]:
        """In here every connection is refused."""
        port = self._door.server_address[1]
        self.close()
        with socket.socket() as nobody:  # it holds the port, and does not listen
            nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            nobody.bind((HERE, port))
            try:
                yield
            finally:
                nobody.close()
                self._door = self._listen(port)

    def close(self) -> None:
        self._door.shutdown()
        self._door.server_close()

    def _listen(self, port: int) -> "_Door":
        door = _Door(self, port)
        Thread(target=door.serve_forever, name="a mail server", daemon=True).start()
        return door


class _Door(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False  # a shop that was killed in the middle of a letter keeps nobody waiting

    def __init__(self, mail_server: MailServer, port: int) -> None:
        super().__init__((HERE, port), _Session)
        self.mail_server = mail_server


class _Session(StreamRequestHandler):
    server: _Door

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever speaks to us may be killed
            self._say(GREETING)
            for line in self.rfile:
                command = line[:4].upper()
                self._say(ANSWERS.get(command, AGREED))
                if command == b"QUIT":
                    return
                if command == b"DATA":
                    self._take()

    def _take(self) -> None:
        """What comes up to the line with a dot alone; of one that breaks off before that nothing is kept."""
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                self.server.mail_server.take(b"".join(lines))
                self._say(AGREED)
                return
            lines.append(line.removeprefix(b"."))  # section 4.5.2

    def _say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")
