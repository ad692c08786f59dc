"""Serving the shop: granian in front, one worker process, and the timetable in that process."""

import gc
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from smartcart import create_app
from smartcart.config import Settings
from smartcart.logs import init_logging
from smartcart.server import drain
from smartcart.server import timetable as schedule
from smartcart.server.granian_worker import serve_in_worker
from smartcart.server.listener import BACKLOG, Listener, let_nobody_in
from smartcart.server.wsgi_bridge import Reception
from smartcart.web.request_bodies import Arrivals
from smartcart.web.trusted_proxies import caller_of

# The requests under way at the end have this long for their answers, in seconds; none waits longer for the database.
LAST_ANSWERS = 10.0
# As many may be open at once, for some kilobytes each: phones that have lost their network in mid-press, who reads
# slowly and who says nothing keep nobody else from coming in.
MOST_CONNECTIONS = 16_384
# Views wait for the database at most; eight threads keep two cores busy, and more only wait for each other.
REQUEST_THREADS = 8
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# So many more objects that may be garbage than were let go are worth a look. Python's own 700 are there several times
# for each page, a twentieth of its cost, and hardly ever is one of them garbage that its last user has not let go.
SOON_GARBAGE = 10_000
# How granian serves the shop, and in `make bench` what the shop is measured against.
OPTIONS: dict[str, Any] = {
    "interface": Interfaces.WSGI,
    "workers": 1,
    "blocking_threads": REQUEST_THREADS,
    "websockets": False,
    "http": HTTPModes.http1,
    "backpressure": MOST_CONNECTIONS,
    "log_level": LogLevels.error,
}


def serve(settings: Settings, listener: Listener, with_schedule: bool) -> None:
    """Serve whoever comes, until told to stop."""
    options = {**OPTIONS, "workers_kill_timeout": _longest_end(settings)}
    server = _Server(listener.socket, **options)
    told = threading.Event()

    def stop() -> None:
        told.set()
        server.signal_handler_interrupt()

    server.on_startup(lambda: _at_first_signal(STOP_SIGNALS, stop))
    try:
        server.serve(serve_in_worker, _Loader(settings, listener, with_schedule), wrap_loader=False)
    except SystemExit:
        if not told.is_set():  # otherwise the worker has only heard of it first
            raise


def freeze_loaded_objects() -> None:
    """Exempt all objects that are there by now from the search for garbage, for good.

    To look through the 150,000 of a loaded shop takes 30 to 150 ms, in which every thread stands still, and finds
    nothing. A job that works on many rows brings that about again and again.
    docs/decisions/0023-loaded-objects-are-frozen.md
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(SOON_GARBAGE)


def wake_without_haste() -> None:
    """Let no thread of this process interrupt another when it wakes up: here that is for nothing.

    Python lets one thread work at a time. Who has heard from the database interrupts, by the system's ordinary rule,
    who is at work, only to find that it has to wait: a tenth of the time of a poll with news, a fifth of one without.
    docs/decisions/0030-threads-wake-without-haste.md
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # a sandbox may forbid it, and nothing depends on it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class _Server(MPServer):
    """granian, at a listening socket that is there already."""

    def __init__(self, listening: socket.socket, **options: Any) -> None:
        host, port, *_ = listening.getsockname()
        super().__init__("smartcart", address=host, port=port, **options)
        self._listening = listening

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # whose stub does not know how to make one
        self._ssp, self._sso = None, self._listening
        self._shd = holder(self._listening.fileno(), uds=False, backlog=BACKLOG)


class _Loader:
    """Makes the app in the worker process, where its threads and its timetable are to live."""

    def __init__(self, settings: Settings, listener: Listener, with_schedule: bool) -> None:
        self._settings = settings
        self._listener = listener
        self._with_schedule = with_schedule
        self._farewell: drain.Draining | None = None

    def __call__(self) -> Callable[[AbstractEventLoop], Reception]:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the parent's handler, which came along by the fork
        _at_first_signal([signal.SIGTERM], self._stop)  # which the parent sends; Ctrl-C is for the parent
        _let_many_in()
        wake_without_haste()  # the threads that are made from now on inherit it
        _end_with_parent()
        # granian closes the other when it likes.
        self._listener = replace(self._listener, socket=self._listener.socket.dup())
        init_logging()
        app = create_app(self._settings)
        freeze_loaded_objects()
        timetable = schedule.start(app, self._settings) if self._with_schedule else None
        farewell = drain.Draining(app, drain.longest_quiet(self._settings))
        self._app, self._timetable, self._farewell = app, timetable, farewell
        caller = caller_of(self._settings.proxies)
        return partial(Reception, farewell, caller, Arrivals(caller))

    def _stop(self) -> None:
        """End well: nothing new, then what is under way, then the connections."""
        if self._farewell is None or not callable(handler := signal.getsignal(signal.SIGTERM)):
            os._exit(0)  # nothing is being served yet
        self._farewell.take_leave()
        drain.finish_work(self._app, self._settings, self._timetable)
        self._farewell.wait_for_the_last()
        let_nobody_in(self._listener)
        self._listener.socket.close()
        handler(signal.SIGTERM, None)  # granian's own: accepts nobody any more, and answers who was accepted
        time.sleep(LAST_ANSWERS)
        os._exit(0)  # somebody has connected and says nothing


def _longest_end(settings: Settings) -> int:
    """After how many seconds the end is no longer waited for."""
    return ceil(drain.longest_call(settings) + drain.longest_quiet(settings) + LAST_ANSWERS) + 1


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


def _let_many_in() -> None:
    """The system counts an open connection as a file, of which a process may have few by default."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _end_with_parent() -> None:
    """A worker whose parent was killed would hold the port against the restarted shop: it ends at that moment."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
