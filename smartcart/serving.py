"""Serving the shop: granian in front, one worker process, and the timetable in that process."""

import multiprocessing
import os
import signal
import socket
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
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotListen(Exception):
    """Nobody can be served at this address; the message is one line for the person who starts the shop."""


def address_to_listen_at(host: str, port: int) -> str:
    """The host as a number, which is all that granian takes. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(address)
    except OSError as error:
        raise CannotListen(f"Nothing can be served at {host} port {port}: {error.strerror}.") from None
    return str(address[0])


def serve(settings: Settings, host: str, port: int, with_schedule: bool) -> None:
    """Serve until told to stop; `host` is a number."""
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
    server.on_startup(lambda: _stop_once(server))
    server.serve(target_loader=_Loader(settings, with_schedule), wrap_loader=False)


def _stop_once(server: Server) -> None:
    """Stop at the first signal and let later ones pass.

    A supervisor may send two at once, and granian's own handler, interrupted by itself, waits for its own lock for ever.
    """

    def stop(*_: object) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, lambda *_: None)
        server.signal_handler_interrupt()

    for each in STOP_SIGNALS:
        signal.signal(each, stop)


class _Loader:
    """Makes the app in the worker process, where its threads and its timetable are to live."""

    def __init__(self, settings: Settings, with_schedule: bool) -> None:
        self._settings = settings
        self._with_schedule = with_schedule

    def __call__(self) -> Callable[..., Any]:
        _be_stoppable()
        _end_with_parent()
        init_logging()
        app: Flask = create_app(self._settings)
        if self._with_schedule:
            schedule.start(app, self._settings)
        return app


def _be_stoppable() -> None:
    """Until granian listens to signals here, one ends this process: its parent's handler came along by the fork."""
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_DFL)


def _end_with_parent() -> None:
    """A worker whose parent was killed would hold the port against the restarted shop: it ends at that moment."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
