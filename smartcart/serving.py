"""Serving the shop: granian in front, one worker process, and the timetable in that process."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from smartcart import create_app, schedule
from smartcart.config import Settings
from smartcart.logs import init_logging

# Views wait for the database at most; eight threads keep two cores busy, and more only wait for each other.
REQUEST_THREADS = 8
# A restart waits this long for the requests under way, in seconds; what is with the gateway is on record anyway.
STOP_WAIT = 10


def serve(settings: Settings, host: str, port: int, with_schedule: bool) -> None:
    """Serve until told to stop."""
    server = Server(
        "smartcart",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=REQUEST_THREADS,
        workers_kill_timeout=STOP_WAIT,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=_Loader(settings, with_schedule), wrap_loader=False)


class _Loader:
    """Makes the app in the worker process, where its threads and its timetable are to live."""

    def __init__(self, settings: Settings, with_schedule: bool) -> None:
        self._settings = settings
        self._with_schedule = with_schedule

    def __call__(self) -> Callable[..., Any]:
        _end_with_parent()
        init_logging()
        app: Flask = create_app(self._settings)
        if self._with_schedule:
            schedule.start(app, self._settings)
        return app


def _end_with_parent() -> None:
    """A worker whose parent was killed would hold the port against the restarted shop: it ends at that moment."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
