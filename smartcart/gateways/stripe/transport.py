"""The way to Stripe: every request on a connection of its own, and over by a moment of our own.

With a connection that was opened for it, a request that failed before it was sent is told from one that may have
arrived. The library's own clients cannot say that; and their timeouts begin anew with every byte that comes.
"""

import logging
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from math import inf
from threading import Timer
from typing import Any, Never
from urllib.parse import urlsplit

import stripe

from smartcart.gateways import calls_made

log = logging.getLogger(__name__)
# Seconds for a request that nobody set a time for: as long as the library itself would wait.
LONGEST = 80.0
_ends: ContextVar[float] = ContextVar("ends", default=inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever is asked in here is over after so many seconds, all of it together, and no later than what is around."""
    token = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


class NeverSent(stripe.APIConnectionError):
    """There was no connection, so nothing of the request has left the house."""


class TimedOut(stripe.APIConnectionError):
    """No answer in time; the request may have arrived."""


class Wire(stripe.HTTPClient):
    """What the library sends its requests with."""

    name = "smartcart"

    def __init__(self) -> None:
        super().__init__()
        self._trusted = ssl.create_default_context(cafile=stripe.ca_bundle_path)

    def request(  # type: ignore[override]  # the library has no types for the body: it wants bytes or text
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        with closing(self._connected(url)) as connection, _cut_off(connection.sock):
            address = urlsplit(url)._replace(scheme="", netloc="").geturl()
            calls_made.count(f"{method.upper()} {urlsplit(url).path.split('/')[2]}")  # of /v1/charges/ch_1: charges
            try:
                connection.request(method.upper(), address, post_data, dict(headers or {}))
                answer = connection.getresponse()
                return answer.read(), answer.status, _noted(method, address, answer)
            except (OSError, HTTPException) as error:
                log.warning("no answer from Stripe to %s %s: %r", method, address, error)
                _lost(error)

    def close(self) -> None:
        """Nothing is kept open."""

    def _connected(self, url: str) -> HTTPConnection:
        """A connection to whom the address names. Raises NeverSent."""
        parts, left = urlsplit(url), _left()
        if left <= 0:
            raise NeverSent("there was no time left to ask Stripe")
        connection = (
            HTTPSConnection(parts.netloc, timeout=left, context=self._trusted)
            if parts.scheme == "https"
            else HTTPConnection(parts.netloc, timeout=left)
        )
        try:
            connection.connect()
        except OSError as error:
            raise NeverSent(f"no connection to Stripe: {error}") from error
        if _left() <= 0:  # to ask a name server takes as long as it takes
            connection.close()
            raise NeverSent("it took too long to reach Stripe")
        return connection


def _noted(method: str, address: str, answer: HTTPResponse) -> dict[str, str]:
    """The headers. Whoever runs the shop must learn of a wrong key or an ill Stripe; a declined card is usual."""
    headers = {name.lower(): value for name, value in answer.getheaders()}
    if answer.status >= 400 and answer.status != 402:
        log.warning("Stripe answered %d to %s %s %s", answer.status, method, address, headers.get("request-id", ""))
    return headers


@contextmanager
def _cut_off(connection: socket.socket) -> Iterator[None]:
    """End the connection when the time is over, even if a byte comes now and then."""
    timer = Timer(max(0.0, _left()), _shut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended already


def _lost(error: Exception) -> Never:
    if isinstance(error, TimeoutError) or _left() <= 0:
        raise TimedOut("Stripe did not answer in time") from error
    raise stripe.APIConnectionError(f"the connection to Stripe was lost: {error}") from error


def _left() -> float:
    return min(_ends.get() - time.monotonic(), LONGEST)
