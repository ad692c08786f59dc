"""A bad network between the shop and a server: it stands in between, and does to a request what it is told to.

It reads one request from each connection, and knows which it is by "METHOD path key", the last its idempotency key.
"""

import json
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from threading import Event, Lock, Thread

# Seconds from one byte to the next of an answer that drips. Far less than the shop's patience for a whole answer.
DRIP = 0.05
# Seconds. Stripe's double answers at once; only what is told to take long takes longer.
LONGEST_ANSWER = 30.0


class Fault(StrEnum):
    """What happens to a request. "after" means that it arrived and was carried out."""

    REFUSED = "connection refused"
    RESET_BEFORE = "reset before the request"
    RESET_AFTER = "reset after the request"
    SILENT_BEFORE = "no answer, did not arrive"
    SILENT_AFTER = "no answer, arrived"
    ERROR_BEFORE = "500, not carried out"
    ERROR_AFTER = "500, carried out"
    RATE_LIMITED = "429"
    DRIP = "a slow byte at a time"


ARRIVES = {Fault.RESET_AFTER, Fault.SILENT_AFTER, Fault.ERROR_AFTER, Fault.DRIP}
ANSWERS = {
    Fault.ERROR_BEFORE: (500, {"error": {"type": "api_error", "message": "Something went wrong."}}),
    Fault.ERROR_AFTER: (500, {"error": {"type": "api_error", "message": "Something went wrong."}}),
    Fault.RATE_LIMITED: (429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow."}}),
}


class FaultProxy:
    """Stands on a port of this machine before the server on another one."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.seen: list[str] = []
        self._fault: tuple[str, Fault] | None = None
        self._lifted = Event()
        self._lock = Lock()
        self._begin()

    def meet(self, pattern: str, fault: Fault, before: str = "") -> None:
        """From now on this happens to every request that fits the pattern, until it is lifted.

        A refused connection has no request to fit: nobody is let in from the moment on when a request that fits
        `before` is answered; or from now on, without.
        """
        self._lifted.clear()
        self._fault = (before if fault is Fault.REFUSED else pattern), fault
        if fault is Fault.REFUSED and not before:
            self._stop_listening()

    def lift(self) -> None:
        """All is well again; who waits for an answer is cut off."""
        self._fault = None
        self._lifted.set()
        with self._lock:
            if self._listener.fileno() < 0:
                self._listener = _listening(self.port)
                self._begin()

    def is_met(self, pattern: str, since: int = 0) -> bool:
        """Whether a request came that fits, or could come no more; `since` is how many had come before."""
        return self._listener.fileno() < 0 or any(re.search(pattern, which) for which in self.seen[since:])

    def close(self) -> None:
        self._lifted.set()
        self._stop_listening()

    def _begin(self) -> None:
        Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def _stop_listening(self) -> None:
        with self._lock, suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            request = _whole_request(client)
            if request:
                which = _name(request)
                self.seen.append(which)
                self._treat(client, request, self._fault_of(which))

    def _fault_of(self, which: str) -> Fault | None:
        met = self._fault
        return met[1] if met and re.search(met[0], which) else None

    def _treat(self, client: socket.socket, request: bytes, fault: Fault | None) -> None:
        answer = self._forward(request) if fault in (None, Fault.REFUSED) or fault in ARRIVES else b""
        if fault is Fault.REFUSED and not self._lifted.is_set():
            self._stop_listening()
        if fault in ANSWERS:
            answer = _answer(*ANSWERS[fault])
        if fault in (Fault.SILENT_BEFORE, Fault.SILENT_AFTER):
            self._lifted.wait(LONGEST_ANSWER)
        if fault is Fault.DRIP:
            self._drip(client, answer)
        elif fault in (Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.SILENT_BEFORE, Fault.SILENT_AFTER):
            # Nothing is waited for when it closes: what has not been read yet is lost, and the other side told so.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            client.sendall(answer)

    def _drip(self, client: socket.socket, answer: bytes) -> None:
        for byte in answer:
            client.sendall(bytes([byte]))
            if self._lifted.wait(DRIP):
                return

    def _forward(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._behind), LONGEST_ANSWER) as server:
            server.sendall(request)
            return b"".join(iter(lambda: server.recv(65536), b""))


@contextmanager
def fault_proxy(port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(port)
    yield proxy
    proxy.close()


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def _whole_request(client: socket.socket) -> bytes:
    """The request with its body, asking the server to close when it has answered."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += (more := client.recv(65536))
        if not more:
            return b""
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(_header(head, "content-length") or 0)
    while len(body) < length:
        body += client.recv(65536)
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close", b"", body])


def _name(request: bytes) -> str:
    head = request.partition(b"\r\n\r\n")[0]
    method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
    return f"{method} {path} {_header(head, 'idempotency-key')}"


def _header(head: bytes, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", head.decode("latin-1"), re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _answer(status: int, body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
