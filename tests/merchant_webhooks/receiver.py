"""A merchant's own system, which verifies by the public library, and answers as it is told."""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Got:
    """One request."""

    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=monotonic)

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """What it tells, verified. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass
class Receiver:
    """It answers `status` with `text` and `headers` once it `may_answer`."""

    status: int = 200
    text: str = "thank you"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    may_answer: Event = field(default_factory=Event)
    changing: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.may_answer.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks"

    def encrypt(self, context: ssl.SSLContext) -> None:
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def stop(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the library's
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.changing:
                receiver.got.append(Got(dict(self.headers), body))
            receiver.may_answer.wait()
            with suppress(OSError):  # whoever asked has gone
                self.answer()

        def answer(self) -> None:
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
