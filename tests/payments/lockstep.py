"""A process of the shop that can be led step by step: its pool's threads stand still wherever they meet the gateway.

One thread runs at a time, so that every order of events can be made to happen, and happens again the same way.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from unittest.mock import patch

from flask import Flask, current_app

from smartcart.database.session import db
from smartcart.payments.core.gateway_pool import Reserve
from smartcart.payments.core.refusals import Busy

# A step takes milliseconds; a thread that does not come back within this many seconds waits for itself.
STUCK = 30.0
# So many presses wait for a thread.
LINE = 2


class Crash(BaseException):
    """The process dies at this instant."""


class Worker:
    """A thread of the pool, led from stop to stop."""

    _of_this_thread = threading.local()

    def __init__(self, process: "Process", work: Callable[[], object]) -> None:
        self.is_over = self.crashed = False
        self.fault: BaseException | None = None
        self._killed = False
        self._process, self._work = process, work
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self) -> None:
        """Run to the next stop, or to the end."""
        self._go.release()
        assert self._stands.acquire(timeout=STUCK), "a thread of the pool waits for itself"

    def kill(self) -> None:
        """Die where it stands."""
        self._killed = True
        self.go_on()

    @classmethod
    def stop(cls) -> None:
        """Stand still, if this is a thread of a pool, until told to go on."""
        worker = getattr(cls._of_this_thread, "worker", None)
        if worker is not None:
            worker._stands.release()
            worker._wait_for_go()

    def _run(self) -> None:
        Worker._of_this_thread.worker = self
        try:
            self._wait_for_go()
            with self._process.app.app_context():
                self._work()
        except Crash:
            self.crashed = True
        except BaseException as fault:
            self.fault = fault
        self.is_over = True
        self._stands.release()

    def _wait_for_go(self) -> None:
        self._go.acquire()
        if self._killed:
            raise Crash


@dataclass
class Process:
    """A process of the shop. It takes the place of its app's pool of threads."""

    app: Flask
    threads: int
    workers: list[Worker] = field(default_factory=list)
    # How many more commits and meetings with the gateway it lives to see; None for as many as come.
    steps_to_live: int | None = None
    # It is never told to stop; it dies.
    is_closed: ClassVar[bool] = False

    def start(self, begin: Callable[[Reserve], Any], work: Callable[[Any], object]) -> None:
        """As GatewayPool.start. Who waits in line is a thread that has not gone its first step."""
        begun = begin(self._reserve)
        self.workers.append(Worker(self, lambda: work(begun)))

    def run(self, work: Callable[[], object]) -> Future[None] | None:
        """As GatewayPool.run. Who waits for the future does not wait: to them the work takes too long."""
        if self.room <= 0:
            return None
        self.workers.append(Worker(self, work))
        waited_for: Future[None] = Future()
        waited_for.set_result(None)
        return waited_for

    @property
    def room(self) -> int:
        """As GatewayPool.room."""
        return self.threads - len(self.workers)

    @property
    def lets_retry(self) -> bool:
        """As GatewayPool.lets_retry."""
        return len(self.workers) < self.threads + LINE

    def _reserve(self) -> bool:
        if len(self.workers) >= self.threads + LINE:
            raise Busy
        return self.room > 0

    def act(self, action: Callable[[], Any]) -> Any:
        """What a request or a job of this process does, in a context of its own; None when the process died of it."""
        try:
            with self.app.app_context():
                return action()
        except Crash:
            self.die()
            return None

    def lead(self, worker: Worker, steps: int) -> None:
        """Let a thread go on for some steps."""
        while steps > 0 and not worker.is_over:
            worker.go_on()
            steps -= 1
        if worker.is_over and worker in self.workers:
            self.workers.remove(worker)
        if worker.fault is not None:
            raise worker.fault
        if worker.crashed:
            self.die()

    def finish(self) -> None:
        """Let every thread come to its end."""
        while self.workers:
            self.lead(self.workers[0], steps=100)

    def die(self) -> None:
        """Everything under way is lost; what is on record remains. The process is started again at once."""
        self.steps_to_live = None
        for worker in self.workers:
            worker.kill()
        self.workers.clear()


def live_a_step() -> None:
    """Die here, if this process was to live no longer."""
    process: Process = current_app.extensions["process"]
    if process.steps_to_live is not None:
        process.steps_to_live -= 1
        if process.steps_to_live < 0:
            process.steps_to_live = None
            raise Crash


@contextmanager
def mortal_commits() -> Iterator[None]:
    """A process may die just before each commit, and just after."""
    commit = db.session.commit

    def commit_or_die() -> None:
        live_a_step()
        commit()
        live_a_step()

    with patch.object(db.session, "commit", commit_or_die):
        yield
