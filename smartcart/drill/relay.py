"""What stands between a drilled shop and Stripe: it hands every request on, and does to a charge what is to be done.

It can also be out of reach: then nobody listens at its address.
"""

import time
from collections.abc import Callable
from email.message import Message
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

# An answer that is held back for so long comes to nobody any more, in seconds: a call is given up before.
NEVER = 30.0
# So late an answer comes that is only slow, in seconds: enough to kill the shop meanwhile.
SLOW = 3.0
# What Stripe itself may take, in seconds.
PATIENCE = 80.0
# Of one connection alone, and not to be handed on (RFC 9110, section 7.6.1); bodies are handed on whole.
OF_THE_CONNECTION = {"connection", "host", "content-length", "transfer-encoding", "accept-encoding", "keep-alive"}


class Fault(StrEnum):
    """What happens to the charge of a token."""

    NONE = "none"
    SLOW = "answered late"
    SILENT_BEFORE = "never arrives, and is never answered"
    SILENT_AFTER = "carried out, and never answered"
    LOST_REPLY = "carried out, and the connection breaks"


class Relay:
    """`fault_of` says what happens to the charge of a confirmation token. It is open from the beginning."""

    def __init__(self, base: str, fault_of: Callable[[str], Fault]) -> None:
        self._base = base
        self._fault_of = fault_of
        self._door = self._listen(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.server_port}"

    def shut(self) -> None:
        """Let connections be refused, as those of a host that is down."""
        self._door.shutdown()
        self._door.server_close()

    def open(self) -> None:
        """At the same address again."""
        self._door = self._listen(self._door.server_port)

    def _listen(self, port: int) -> "_Door":
        door = _Door(port, self._base, self._fault_of)
        Thread(target=door.serve_forever, name="between the shop and Stripe", daemon=True).start()
        return door


class _Door(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # what is held back keeps nobody waiting

    def __init__(self, port: int, base: str, fault_of: Callable[[str], Fault]) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.base = base
        self.fault_of = fault_of


class _Request(BaseHTTPRequestHandler):
    server: _Door

    def do_GET(self) -> None:
        self._answer(*self._handed_on(None))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        fault = self._fault(body)
        if fault is Fault.SILENT_BEFORE:
            time.sleep(NEVER)
            return
        answer = self._handed_on(body)
        time.sleep({Fault.SLOW: SLOW, Fault.SILENT_AFTER: NEVER}.get(fault, 0.0))
        if fault not in (Fault.LOST_REPLY, Fault.SILENT_AFTER):
            self._answer(*answer)  # otherwise it hangs up

    def log_message(self, *told: object) -> None:
        """Nothing: what it would write to is where the drill tells how far it is."""

    def _fault(self, body: bytes) -> Fault:
        """That of the token, when this is a charge."""
        if not self.path.endswith("/confirm"):
            return Fault.NONE
        [token, *_] = parse_qs(body.decode()).get("confirmation_token", [""])
        return self.server.fault_of(token)

    def _handed_on(self, body: bytes | None) -> tuple[int, Message, bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_THE_CONNECTION}
        address = self.server.base + self.path
        request = Request(address, body, headers, method=self.command)  # noqa: S310  # Stripe's
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, answer.headers, answer.read()
        except HTTPError as refusal:
            return refusal.code, refusal.headers, refusal.read()

    def _answer(self, status: int, headers: Message, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
