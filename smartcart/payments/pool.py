"""The threads that wait for the gateway, so that a gateway that hangs takes no thread from the shop."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Event
from typing import TypeVar

from flask import Flask

from smartcart import faults

Begun = TypeVar("Begun")
Reserve = Callable[[], None]


class PoolFull(Exception):
    """Every thread is waiting for the gateway, or the process is about to end; nothing was begun."""


class GatewayPool:
    """At most `threads` calls at once. One more is refused, not queued: its deadline would run meanwhile."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._closed = Event()
        self._free = BoundedSemaphore(threads)
        self._free_aside = BoundedSemaphore(max(1, threads // 2))
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="gateway")

    def start(self, begin: Callable[[Reserve], Begun], work: Callable[[Begun], object]) -> tuple[Begun, Future[None]]:
        """Begin, and let a thread work on what was begun.

        `begin` calls the function it is given once it is sure to begin, and only then is a thread reserved: twenty
        presses on one Pay take one thread. Raises PoolFull through `begin`, and what `begin` raises.
        """
        reserved = False

        def reserve() -> None:
            nonlocal reserved
            if self._closed.is_set() or not self._free.acquire(blocking=False):
                raise PoolFull
            reserved = True

        try:
            begun = begin(reserve)
            return begun, self._executor.submit(self._work, work, begun)
        except BaseException:
            if reserved:
                self._free.release()
            raise

    def run(self, work: Callable[[], object]) -> Future[None]:
        """Let a thread work. Raises PoolFull."""
        return self.start(lambda reserve: reserve(), lambda _: work())[1]

    def run_aside(self, work: Callable[[], object]) -> Future[None]:
        """Let a thread do what no shopper waits for. Half of the threads at most do such; raises PoolFull then, too."""
        if not self._free_aside.acquire(blocking=False):
            raise PoolFull
        try:
            under_way = self.run(work)
        except BaseException:
            self._free_aside.release()
            raise
        under_way.add_done_callback(lambda _: self._free_aside.release())
        return under_way

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def close(self, seconds: float) -> bool:
        """Begin nothing more, and wait so long at most for what is under way; answers whether all of it was done."""
        self._closed.set()
        ends = time.monotonic() + seconds
        free = [self._free.acquire(timeout=max(0.0, ends - time.monotonic())) for _ in range(self._threads)]
        for _ in filter(None, free):
            self._free.release()
        return all(free)

    def _work(self, work: Callable[[Begun], object], begun: Begun) -> None:
        try:
            with self._app.app_context():
                work(begun)
        except Exception as error:  # what is left undone is on record, and the reconciler's
            if faults.is_fault(error):
                faults.tell(error)
            else:
                self._app.logger.exception("a call to the gateway was cut short")
        finally:
            self._free.release()
