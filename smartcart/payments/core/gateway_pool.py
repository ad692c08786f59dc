"""The threads that wait for the gateway, so that a gateway that hangs takes no thread from the shop.

Half of them are for charges alone: however many questions hang, somebody can pay.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Lock
from typing import TypeVar

from flask import Flask

from smartcart.database import faults
from smartcart.payments.core.refusals import Busy

Begun = TypeVar("Begun")
Reserve = Callable[[], None]


class GatewayPool:
    """At most `threads` calls at once. One more is refused, not queued: its deadline would run meanwhile.

    `when_there_is_room` is called once a thread is free for what is no charge, and none was.
    """

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._closed = Event()
        self._free = BoundedSemaphore(threads)
        self._room, self._counting = max(1, threads // 2), Lock()
        self.when_there_is_room: Callable[[], object] = lambda: None
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="gateway")

    def start(self, begin: Callable[[Reserve], Begun], work: Callable[[Begun], object]) -> tuple[Begun, Future[None]]:
        """Begin, and let a thread work on what was begun.

        `begin` calls the function it is given once it is sure to begin, and only then is a thread reserved: twenty
        presses on one Pay take one thread. Raises what `begin` raises, and through it Busy when none is free or the
        process is about to end; then nothing was begun.
        """
        reserved = False

        def reserve() -> None:
            nonlocal reserved
            if self._closed.is_set() or not self._free.acquire(blocking=False):
                raise Busy
            reserved = True

        try:
            begun = begin(reserve)
            return begun, self._executor.submit(self._work, work, begun)
        except BaseException:
            if reserved:
                self._free.release()
            raise

    def run(self, work: Callable[[], object]) -> Future[None] | None:
        """Let a thread do what is no charge; None when none is free, or half of them do such already.

        Then whoever asked goes on: what has to be done is on record, and comes due again.
        """
        with self._counting:
            if self._room <= 0:
                return None
            self._room -= 1
        try:
            under_way = self.start(lambda reserve: reserve(), lambda _: work())[1]
        except Busy:
            self._make_room()
            return None
        except BaseException:
            self._make_room()
            raise
        under_way.add_done_callback(lambda _: self._make_room())
        return under_way

    @property
    def room(self) -> int:
        """How many threads are free, as far as can be said, for what is no charge; none once it is closed."""
        return 0 if self.is_closed else self._room

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def close(self, seconds: float) -> bool:
        """Begin nothing more, and wait so long at most for what is under way; returns whether all of it was done."""
        self._closed.set()
        ends = time.monotonic() + seconds
        free = [self._free.acquire(timeout=max(0.0, ends - time.monotonic())) for _ in range(self._threads)]
        for _ in filter(None, free):
            self._free.release()
        return all(free)

    def _make_room(self) -> None:
        with self._counting:
            self._room += 1
            was_full = self._room == 1
        if was_full:
            self.when_there_is_room()

    def _work(self, work: Callable[[Begun], object], begun: Begun) -> None:
        try:
            with self._app.app_context():
                work(begun)
        except Exception as error:  # what is left undone is on record, and the reconciler's
            if faults.is_fault(error):
                faults.log_fault(error)
            else:
                self._app.logger.exception("a call to the gateway was cut short")
        finally:
            self._free.release()
