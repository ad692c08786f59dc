"""The threads that wait for the gateway, so that a gateway that hangs takes no thread from the shop."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from flask import Flask

Begun = TypeVar("Begun")
Reserve = Callable[[], None]


class PoolFull(Exception):
    """Every thread is waiting for the gateway; nothing was begun."""


class GatewayPool:
    """At most `threads` calls at once. One more is refused, not queued: its deadline would run meanwhile."""

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._free = BoundedSemaphore(threads)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="gateway")

    def start(self, begin: Callable[[Reserve], Begun], work: Callable[[Begun], object]) -> tuple[Begun, Future[None]]:
        """Begin, and let a thread work on what was begun.

        `begin` calls the function it is given once it is sure to begin, and only then is a thread reserved: twenty
        presses on one Pay take one thread. Raises PoolFull through `begin`, and what `begin` raises.
        """
        reserved = False

        def reserve() -> None:
            nonlocal reserved
            if not self._free.acquire(blocking=False):
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

    def _work(self, work: Callable[[Begun], object], begun: Begun) -> None:
        try:
            with self._app.app_context():
                work(begun)
        except Exception:  # what is left undone is on record, and the reconciler's
            self._app.logger.exception("a call to the gateway was cut short")
        finally:
            self._free.release()
