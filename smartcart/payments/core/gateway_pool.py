"""The threads that wait for the gateway, so that a gateway that hangs takes no thread from the shop.

A fifth of them is for charges alone: however many questions hang, somebody can pay. An eighth is for all else: however
many press Pay, somebody is asked.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum, auto
from functools import partial
from threading import Condition
from typing import TypeVar

from flask import Flask

from smartcart.database import faults
from smartcart.payments.core.gateway_pace import questions_of
from smartcart.payments.core.refusals import Busy
from smartcart.rules import patience

Begun = TypeVar("Begun")
Work = Callable[[], object]
# Returns whether a charge has a thread at once; otherwise it has a place in the line. Raises Busy.
Reserve = Callable[[], bool]


class _Call(Enum):
    """What a thread is busy with."""

    CHARGE = auto()
    QUESTION = auto()


class GatewayPool:
    """At most `threads` calls at once. A charge that finds no thread waits in line for one; all else is refused.

    What waits in line is on record, and what is refused comes due again. `when_there_is_room` is called once a thread
    is free for what is no charge, and none was.
    """

    def __init__(self, app: Flask, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._most = {_Call.CHARGE: threads - threads // 8, _Call.QUESTION: questions_of(threads)}
        self._longest_line = self._most[_Call.CHARGE] * patience.WAITING_FOR_A_THREAD
        self._under_way = dict.fromkeys(_Call, 0)
        self._line: deque[Work] = deque()
        self._expected = 0  # who has a place in the line, and is being written down
        self._changing = Condition()
        self._closed = False
        self.when_there_is_room: Callable[[], object] = lambda: None
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="gateway")

    def start(self, begin: Callable[[Reserve], Begun], work: Callable[[Begun], object]) -> None:
        """Begin a charge, and let a thread work on what was begun, at once or in its turn.

        `begin` calls the function it is given once it is sure to begin, and only then is a thread reserved, or a place
        in the line: twenty presses on one Pay take one. Raises what `begin` raises, and through it Busy when there is
        neither or the process is about to end; then nothing was begun.
        """
        has_thread: bool | None = None

        def reserve() -> bool:
            nonlocal has_thread
            has_thread = self._reserve()
            return has_thread

        try:
            begun = begin(reserve)
        except BaseException:
            if has_thread:
                self._release(_Call.CHARGE)
            elif has_thread is not None:
                self._line_up()
            raise
        charge = partial(work, begun)
        if has_thread:
            self._executor.submit(self._work, _Call.CHARGE, charge)
        else:
            self._line_up(charge)

    def run(self, work: Work) -> Future[None] | None:
        """Let a thread do what is no charge; None when none is free, or as many do such already as may.

        Then whoever asked goes on: what has to be done is on record, and comes due again.
        """
        with self._changing:
            return self._begin(_Call.QUESTION, work) if self.room else None

    @property
    def room(self) -> int:
        """How many threads are free for what is no charge; none once it is closed."""
        return 0 if self._closed else self._free_for(_Call.QUESTION)

    @property
    def lets_retry(self) -> bool:
        """Whether automatic retries may begin now: they wait in a short line, and keep nobody waiting who pressed Pay.

        Who comes after as many as there are threads waits for one call more.
        """
        return not self._closed and self._waiting < self._threads

    @property
    def has_line(self) -> bool:
        """Whether somebody who pressed Pay waits for a thread."""
        return self._waiting > 0

    @property
    def is_closed(self) -> bool:
        return self._closed

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and nothing waits."""
        return not (self._waiting or any(self._under_way.values()))

    def close(self, seconds: float) -> bool:
        """Begin nothing more, and wait so long at most for what was begun; returns whether all of it was done."""
        with self._changing:
            self._closed = True
            return self._changing.wait_for(lambda: self.is_idle, seconds)

    @property
    def _waiting(self) -> int:
        return len(self._line) + self._expected

    def _free_for(self, call: _Call) -> int:
        return min(self._most[call] - self._under_way[call], self._threads - sum(self._under_way.values()))

    def _reserve(self) -> bool:
        with self._changing:
            has_thread = not self._waiting and self._free_for(_Call.CHARGE) > 0
            if self._closed or not (has_thread or self._waiting < self._longest_line):
                raise Busy
            self._under_way[_Call.CHARGE] += has_thread
            self._expected += not has_thread
            return has_thread

    def _line_up(self, *charge: Work) -> None:
        """A charge that was expected in the line is there, or none comes."""
        with self._changing:
            self._expected -= 1
            self._line.extend(charge)
            self._go_on()

    def _begin(self, call: _Call, work: Work) -> Future[None]:
        self._under_way[call] += 1
        return self._executor.submit(self._work, call, work)

    def _work(self, call: _Call, work: Work) -> None:
        try:
            with self._app.app_context():
                work()
        except Exception as error:  # what is left undone is on record, and the reconciler's
            if faults.is_fault(error):
                faults.log_fault(error)
            else:
                self._app.logger.exception("a call to the gateway was cut short")
        finally:
            self._release(call)

    def _release(self, call: _Call) -> None:
        """A thread is free: for who is first in line, or for what is no charge."""
        with self._changing:
            had_room = self.room
            self._under_way[call] -= 1
            self._go_on()
            is_news = self.room and not had_room
        if is_news:
            self.when_there_is_room()

    def _go_on(self) -> None:
        while self._line and self._free_for(_Call.CHARGE) > 0:
            self._begin(_Call.CHARGE, self._line.popleft())
        self._changing.notify_all()
