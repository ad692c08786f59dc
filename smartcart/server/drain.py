"""The end of a process that was told to stop: nothing new is begun, and what is under way has its time.

What is left after that is on record, and the reconciler's: here after the next start, or in another process at once.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from smartcart.config import Settings
from smartcart.payments.core.runtime import Runtime
from smartcart.rules.patience import CALL_GRACE
from smartcart.server.scheduler import Timetable

# Open pages ask again on the connection they have. Who has not for so long after a page's turn is not expected back.
LATE = 0.5
# A connection kept for pages that ask more rarely is closed after so long; it is the browser's to notice. In seconds.
LONGEST_QUIET = 5.0


def longest_call(settings: Settings) -> float:
    """How long a call to the gateway can take until it is written down, in seconds."""
    return settings.payment_timeout + CALL_GRACE


def longest_quiet(settings: Settings) -> float:
    """How long an open page stays silent, in seconds."""
    return min(settings.poll_interval + LATE, LONGEST_QUIET)


def finish_work(app: Flask, settings: Settings, timetable: Timetable | None) -> None:
    """Start no job and no attempt any more, keep no answer back, and wait for the calls that are with the gateway."""
    if timetable is not None:
        timetable.shutdown(wait=False)
    parts: Runtime = app.extensions["smartcart"]
    for tell in parts.told_of_end:
        tell()
    parts.gateway.end()
    parts.pool.close(longest_call(settings))


class Draining:
    """A WSGI app that can take its leave: from then on every answer asks for a new connection next time.

    A server that closes a connection on which the next request is on its way loses that request. Once everybody who
    asks regularly has been told, there is nobody left whose request could be lost.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], quiet: float) -> None:
        self._app = app
        self._quiet = quiet
        self._leaving = False
        self._last_kept = time.monotonic() - quiet

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if self._leaving:
                headers.append(("Connection", "close"))
            elif environ.get("HTTP_CONNECTION") != "close":
                self._last_kept = time.monotonic()
            return start_response(status, headers, exc_info)

        return self._app(environ, start)

    def take_leave(self) -> None:
        self._leaving = True

    def wait_for_the_last(self) -> None:
        """Wait until everybody whose connection was kept has been silent for longer than an open page is."""
        time.sleep(max(0.0, self._last_kept + self._quiet - time.monotonic()))
