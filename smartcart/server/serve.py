"""Serving the shop: granian in front, and the timetable, in one process."""

import atexit
import gc
import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from smartcart.config import Settings
from smartcart.database.session import leave_one_file
from smartcart.server import drain
from smartcart.server import timetable as schedule
from smartcart.server.granian_worker import MOST_CONNECTIONS, GranianWorker
from smartcart.server.listener import Listener, let_go, let_nobody_in
from smartcart.server.wsgi_bridge import Reception
from smartcart.web.request_bodies import Arrivals
from smartcart.web.trusted_proxies import caller_of

# The requests under way at the end have this long for their answers, in seconds; none waits longer for the database.
LAST_ANSWERS = 10.0
# A server that was told to stop has heard it by then, and takes no connection over any more. In seconds.
UNTIL_TOLD = 0.3
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# So many more objects that may be garbage than were let go are worth a look. Python's own 700 are there several times
# for each page, a twentieth of its cost, and hardly ever is one of them garbage that its last user has not let go.
SOON_GARBAGE = 10_000
# A thread that waits for Python is let in after so long, in seconds. Where nobody interrupts (`wake_without_haste`),
# only that ends somebody's turn: a page that asks the database several times would wait as often for Python's own 5 ms,
# beside a load of the shop. docs/decisions/0035-turns-are-short.md
TURN = 0.0005


def serve(app: Flask, settings: Settings, listener: Listener, with_schedule: bool) -> None:
    """Serve whoever comes; returns when it was told to stop, and then nobody is left who has no answer.

    What else is at work is waited for by Python, before it ends.
    """
    atexit.register(_end, app)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # in every thread from now on; one waits for them
    wake_without_haste()  # which they inherit, too
    _let_many_in()
    freeze_loaded_objects()
    timetable = schedule.start(app, settings) if with_schedule else None
    farewell = drain.Draining(app, drain.longest_quiet(settings))
    worker = GranianWorker(listener.socket)

    def stop() -> None:
        farewell.take_leave()
        drain.finish_work(app, settings, timetable)
        farewell.wait_for_the_last()
        let_nobody_in(listener)
        worker.stop()
        time.sleep(UNTIL_TOLD)
        let_go(listener)
        time.sleep(LAST_ANSWERS)
        _end(app)  # somebody has connected and says nothing

    _at_first_signal(stop)
    caller = caller_of(settings.proxies)
    worker.serve(partial(Reception, farewell, caller, Arrivals(caller)))
    let_go(listener)


def _end(app: Flask) -> None:
    """End here and now: what Python takes apart in its own end, granian's threads may still look at."""
    with app.app_context(), suppress(SQLAlchemyError, sqlite3.Error):  # where it cannot be done, all is left
        leave_one_file()
    os._exit(0)


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
    In return nobody's turn is long.
    docs/decisions/0030-threads-wake-without-haste.md
    """
    sys.setswitchinterval(TURN)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # a sandbox may forbid it, and nothing depends on it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _at_first_signal(stop: Callable[[], object]) -> None:
    """Call `stop` once, when this process is first told to stop, in a thread that waits for nothing else.

    A terminal and systemd may tell it twice. Handled in the main thread, the second signal would interrupt the first
    and wait for ever for the lock that it holds.
    """

    def wait() -> None:
        signal.sigwait(STOP_SIGNALS)
        stop()

    threading.Thread(target=wait, name="waits to be stopped", daemon=True).start()


def _let_many_in() -> None:
    """The system counts an open connection as a file, of which a process may have few by default."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
