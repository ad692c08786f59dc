"""Sends what is due to merchants' webhooks, in a thread of its own with a queue of its own: no payment waits for it.

Who is slow, or fails, waits beside its like in a lane of its own: however many of those hang, there is room for the
others. Whoever has never answered yet begins there.
"""

import logging
from concurrent.futures import Future
from functools import partial
from threading import Event, Lock, Thread

from flask import Flask
from sqlalchemy import select

from smartcart.database import faults
from smartcart.merchant_webhooks import attempts, deliveries
from smartcart.merchant_webhooks.models import WebhookDelivery, WebhookEndpoint
from smartcart.rules import merchant_webhooks as rules
from smartcart.work_queue import Claim, Kind, WorkQueue

log = logging.getLogger(__name__)

# So often events are looked for that have no deliveries yet, in seconds, as their numbers are (core/merchant_feed.py).
TICK = 0.25
# So many requests are under way at once: those of 60 endpoints that die at one moment leave some for others. A thread
# that waits for an answer costs next to nothing. Of those that hang 15 s each, 8 are 32 tries a minute.
QUICK, SLOW = 64, 8


def start(app: Flask, over: Event) -> None:
    """Send what is due, from now on until it is `over`. The thread keeps no process from ending."""
    Thread(target=partial(_work, app, over), name="tells merchants' systems", daemon=True).start()


def queue(app: Flask) -> WorkQueue:
    """All that is due, by two lanes."""
    return WorkQueue(*(Lane(app, is_slow, room).due() for is_slow, room in ((False, QUICK), (True, SLOW))))


class Lane:
    """Threads for endpoints that are slow, or for those that are not."""

    def __init__(self, app: Flask, is_slow: bool, threads: int) -> None:
        self._app = app
        self._is_slow = is_slow
        self._free = threads
        self._changing = Lock()

    def due(self) -> Kind:
        """One at a time for each endpoint, so that one that takes all gets them in their order."""
        its_own = select(WebhookEndpoint.id).where(WebhookEndpoint.is_slow.is_(self._is_slow))
        return Kind(
            WebhookDelivery,
            self._begin,
            room=lambda: self._free,
            lease=attempts.LEASE,
            longest=rules.LONGEST_WAIT,
            which=(WebhookDelivery.endpoint_id.in_(its_own),),
            group=WebhookDelivery.endpoint_id,
            at_once=1,
        )

    def _begin(self, claim: Claim) -> Future[None]:
        done: Future[None] = Future()
        self._take(1)
        try:
            Thread(target=partial(self._send, claim, done), name="tells a merchant's system", daemon=True).start()
        except RuntimeError:  # the system gives this process no thread more; the delivery comes due again by itself
            self._take(-1)
            raise
        return done

    def _send(self, claim: Claim, done: Future[None]) -> None:
        try:
            with self._app.app_context():
                attempts.attempt(claim)
        except Exception as error:  # it comes due again by itself
            _tell(error)
        finally:
            self._take(-1)
            done.set_result(None)

    def _take(self, threads: int) -> None:
        with self._changing:
            self._free -= threads


def _work(app: Flask, over: Event) -> None:
    """What breaks is told, and the next turn comes."""
    at_work = queue(app)
    while not over.is_set():
        try:
            with app.app_context():
                deliveries.read_on()
                at_work.begin_due()
        except Exception as error:
            _tell(error)
        at_work.wait(TICK)


def _tell(error: Exception) -> None:
    if faults.is_fault(error):
        faults.log_fault(error)
    else:
        log.error("what is due to a merchant's webhook broke off", exc_info=error)
