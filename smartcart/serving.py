"""Serving the shop: granian in front, one worker process, and the timetable in that process."""

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
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
    told = threading.Event()

    def stop() -> None:
        told.set()
        server.signal_handler_interrupt()

    server.on_startup(lambda: _at_first_signal(STOP_SIGNALS, stop))
    try:
        server.serve(target_loader=_Loader(settings, with_schedule), wrap_loader=False)
    except SystemExit:
        if not told.is_set():  # otherwise the worker has only heard of it first
            raise


class _Loader:
    """Makes the app in the worker process, where its threads and its timetable are to live."""

    def __init__(self, settings: Settings, with_schedule: bool) -> None:
        self._settings = settings
        self._with_schedule = with_schedule

    def __call__(self) -> Callable[..., Any]:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the parent's handler, which came along by the fork
        _at_first_signal([signal.SIGTERM], _stop_worker)  # which the parent sends; Ctrl-C is for the parent
        _end_with_parent()
        init_logging()
        app: Flask = create_app(self._settings)
        if self._with_schedule:
            schedule.start(app, self._settings)
        return app


def _at_first_signal(signals: Sequence[signal.Signals], stop: Callable[[], object]) -> None:
    """Call `stop` once, when this process first gets one of `signals`, from a thread that waits for nothing else.

    A terminal and systemd send to both processes, so that the worker gets two. Handled in the main thread, the second
    would interrupt the first and wait for ever for the lock that it holds; caught by another, it would wake nobody.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # threads and workers that begin later inherit this

    def wait() -> None:
        signal.sigwait(signals)
        stop()

    threading.Thread(target=wait, name="waits to be stopped", daemon=True).start()


def _stop_worker() -> None:
    """End as granian's own handler does; before it is there, nothing is being served."""
    handler = signal.getsignal(signal.SIGTERM)
    if not callable(handler):
        os._exit(0)
    handler(signal.SIGTERM, None)


def _end_with_parent() -> None:
    """A worker whose parent was killed would hold the port against the restarted shop: it ends at that moment."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
