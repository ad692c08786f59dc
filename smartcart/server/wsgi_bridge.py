"""A request on its way from granian to the shop, a WSGI app, and the answer on its way back.

granian speaks WSGI too, but there a thread waits for a body that may never come (granian #728, which is to stay so), a
body that was cut short looks like a whole one, and a header with one byte that is not ASCII arrives empty (#335, to
stay so). So requests are taken as ASGI describes them, with headers and bodies as they are. One without a body is
answered in the thread in which granian hands it over, and costs no change of thread; a body is waited for on an event
loop, and a thread is taken once it is there. What the shop puts off (`web/later.py`) lies where the shop has put it.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from smartcart.server.fair_queueing import BETWEEN_TURNS, LONGEST_TURN, FairQueueing, Flow, Turn
from smartcart.web.later import COME_BACK, LATER
from smartcart.web.request_bodies import REFUSED, Arrivals, Refused

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# The two headers that CGI, and so PEP 3333, names without HTTP_ in front.
BARE_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
# A longer name than any that is in use is no name to be remembered: anybody may send one of 64 KB.
LONGEST_REMEMBERED = 64
VERSIONS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1"}

# In bytes, of all names and values. Four times what browsers and proxies send, and as much as nginx takes of it (its
# large_client_header_buffers); granian takes 400 KB, which keep a thread busy for a third of a second.
LARGEST_HEADERS = 32 * 1024

# Beside granian's threads for all that comes without a body: who sends something keeps nobody from reading. They also
# answer what was put off, and what has stood in line.
THREADS = 8

log = logging.getLogger(__name__)


class Exchange(Protocol):
    """What granian hands over: a request, the way to its body and to its answer."""

    scope: dict[str, Any]
    proto: Any

    def done(self) -> None:
        """No answer comes any more; who has got none is told 500."""


class Reception:
    """Called by granian's threads with each request."""

    def __init__(
        self, app: WsgiApp, caller_of: Callable[[Environ], str], arrivals: Arrivals, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._app = app
        self._caller_of = caller_of
        self._arrivals = arrivals
        self._loop = loop
        self._lines = FairQueueing()
        self._looks_again = False  # whether somebody has seen to that, as long as anybody stands in a line
        self._threads = ThreadPoolExecutor(THREADS, "answers what came with a body")
        self._awaited: set[asyncio.Task[None]] = set()  # the loop itself remembers none

    def __call__(self, exchange: Exchange) -> None:
        try:
            environ = environ_of(exchange.scope)
            if _has_body(environ):
                self._loop.call_soon_threadsafe(self._await_body, exchange, environ)
            else:
                environ[COME_BACK] = partial(self._come_back, exchange)
                self._stand_in_line(exchange, environ)
        except Exception:
            log.exception("a request could not be taken")
            exchange.done()

    def _come_back(self, exchange: Exchange, environ: Environ) -> None:
        self._threads.submit(self._stand_in_line, exchange, environ)

    def _await_body(self, exchange: Exchange, environ: Environ) -> None:
        task = self._loop.create_task(self._receive(exchange, environ))
        self._awaited.add(task)
        task.add_done_callback(self._awaited.discard)

    async def _receive(self, exchange: Exchange, environ: Environ) -> None:
        try:
            body = await self._arrivals.body_of(environ, exchange.proto.receive)
            if isinstance(body, Refused):
                environ[REFUSED] = body
            else:
                environ["wsgi.input"] = BytesIO(body)
            # In no line: a write waits for the disk, and many at once are what makes PostgreSQL quick.
            self._threads.submit(self._answer, exchange, environ)
        except Exception:
            log.exception("a body could not be received")
            exchange.done()

    def _stand_in_line(self, exchange: Exchange, environ: Environ) -> None:
        flow = self._caller_of(environ), environ["PATH_INFO"]
        if turn := self._lines.enter(flow, (exchange, environ)):
            self._have_turn(flow, turn)
        elif not self._looks_again:
            self._looks_again = True
            self._loop.call_soon_threadsafe(self._look_later)

    def _look_later(self) -> None:
        self._loop.call_later(LONGEST_TURN, self._look_at_lines)

    def _look_at_lines(self) -> None:
        """Who stands behind somebody who waits for something is answered, though nobody else comes or goes."""
        self._looks_again = False
        for flow, turn in self._lines.overdue():
            self._threads.submit(self._have_turn, flow, turn)
        if self._lines.has_line and not self._looks_again:
            self._looks_again = True
            self._look_later()

    def _have_turn(self, flow: Flow, turn: Turn) -> None:
        try:
            self._answer(*turn.request)
        finally:  # whatever has ended it: nobody else would see to the next
            if following := self._lines.leave(flow, turn):
                time.sleep(BETWEEN_TURNS)
                self._threads.submit(self._have_turn, flow, following)  # behind what has come for others meanwhile

    def _answer(self, exchange: Exchange, environ: Environ) -> None:
        """Raises nothing: what goes wrong in the app is the app's to answer, and else 500."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [
                int(status[:3]),
                [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            ]

        try:
            answer = self._app(environ, start_response)
            if answer is LATER:
                return
            body = _joined(answer)
            status, headers = started
            exchange.proto.send({"type": "http.response.start", "status": status, "headers": headers})
            exchange.proto.send({"type": "http.response.body", "body": body})
        except Exception:
            log.exception("an answer could not be given")
        exchange.done()


def environ_of(scope: dict[str, Any]) -> Environ:
    """The request as PEP 3333 describes it, with an empty body: bytes of path and headers as Latin-1."""
    path = scope["raw_path"]
    address, port = scope["server"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": address,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": VERSIONS.get(scope["http_version"], "HTTP/1.1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.input_terminated": True,  # what came in chunks has no length, and an end all the same
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    given = scope["headers"]
    if sum(len(name) + len(value) for name, value in given) > LARGEST_HEADERS:
        environ[REFUSED] = Refused.HEADERS_TOO_LARGE
        given = [(name, value) for name, value in given if name == b"host"]  # an answer has links
    for name, value in _headers(given):
        if name in environ:  # RFC 9110 §5.3, and RFC 6265 §5.4 for cookies
            environ[name] += ("; " if name == "HTTP_COOKIE" else ", ") + value
        else:
            environ[name] = value
    return environ


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if key := _known_key(name) if len(name) <= LONGEST_REMEMBERED else _key(name):
            yield key, value.decode("latin-1")


def _key(name: bytes) -> str:
    """Its name in the environ; none for one with an underscore, which would pass for another's with a hyphen."""
    return "" if b"_" in name else BARE_NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")


_known_key = lru_cache(maxsize=256)(_key)  # browsers and proxies send some fifty; anybody may send any


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ


def _joined(answer: Iterable[bytes]) -> bytes:
    """All of it at once: who reads it slowly keeps memory, and no thread."""
    try:
        return b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
