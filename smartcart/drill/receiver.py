"""A merchant's system of the drill: it loses the first delivery of each event, and keeps what comes after that."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """`secret` is what the shop signs with. By their events' ids, `lost` are the first deliveries, `taken` those after
    them, and `received` what of that was signed as it must be."""

    url: str
    secret: str = ""
    lost: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)

    def take(self, name: str, stamp: str, signature: str, body: str) -> int:
        """The status of its answer."""
        if name not in self.lost:
            self.lost.add(name)
            return 503
        signed = Webhook(self.secret).sign(name, datetime.fromtimestamp(int(stamp), UTC), body)
        if signed in signature.split() and json.loads(body)["id"] == name:
            self.received.add(name)
        self.taken.add(name)
        return 204


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    """At an address of this machine, for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            name, stamp, signature = (str(self.headers[f"webhook-{part}"]) for part in ("id", "timestamp", "signature"))
            self.send_response(receiver.take(name, stamp, signature, body))
            self.end_headers()

        def log_message(self, *told: object) -> None:
            """Nothing: what it would write to is where the drill tells how far it is."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/events")
        Thread(target=server.serve_forever, name="a merchant's system", daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
