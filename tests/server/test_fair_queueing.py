"""Fair queueing: who asks for one thing over and over keeps nobody else waiting, and is answered in full."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier, Event, Lock, Thread
from typing import Any

import pytest

from smartcart.server import fair_queueing, wsgi_bridge
from smartcart.server.fair_queueing import FairQueueing
from smartcart.server.granian_worker import REQUEST_THREADS
from smartcart.server.wsgi_bridge import Reception
from smartcart.web.request_bodies import Arrivals
from tests.support.waiting import wait_for

STRANGERS, SHOPPERS = ("192.0.2.1", "/slow"), ("192.0.2.2", "/")
# In seconds; no test takes so long.
FOR_EVER = 1000.0
# Nor this, but where it fails.
LIMIT = 10.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no turn takes so long that it counts as waiting, unless a test says so."""
    monkeypatch.setattr(fair_queueing, "LONGEST_TURN", FOR_EVER)


class Asked:
    """A request as granian hands it over. `answered` is the order in which such were answered."""

    def __init__(self, address: str, path: str, answered: list[str], body: bytes = b"") -> None:
        self._body = body
        self.scope = {
            "method": "POST" if body else "GET",
            "raw_path": path.encode(),
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", "80"),
            "client": (address, 1024),
            "headers": [(b"content-length", str(len(body)).encode())],
        }
        self.proto = self
        self._answered = answered

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._body}

    def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            self._answered.append(message["body"].decode())

    def done(self) -> None:
        """As granian has it, after the answer."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    thread = Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


def test_of_a_flow_one_has_its_turn_and_then_the_next_in_line() -> None:
    lines = FairQueueing()
    turn = lines.enter(STRANGERS, 1)
    assert turn is not None
    assert turn.request == 1
    assert [lines.enter(STRANGERS, number) for number in (2, 3)] == [None, None]
    second = lines.leave(STRANGERS, turn)
    assert second is not None
    third = lines.leave(STRANGERS, second)
    assert third is not None
    assert (second.request, third.request) == (2, 3)
    assert lines.leave(STRANGERS, third) is None


@pytest.mark.parametrize("other", [("192.0.2.2", "/slow"), ("192.0.2.1", "/")])
def test_who_asks_from_elsewhere_or_for_something_else_does_not_wait(other: tuple[str, str]) -> None:
    lines = FairQueueing()
    assert lines.enter(STRANGERS, 1)
    assert lines.enter(STRANGERS, 2) is None
    assert lines.enter(other, 3)


def test_one_that_waits_for_something_itself_holds_up_none_of_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = FairQueueing()
    first = lines.enter(STRANGERS, 1)
    assert first
    assert lines.enter(STRANGERS, 2) is None
    monkeypatch.setattr(fair_queueing, "LONGEST_TURN", 0.0)  # it has gone on for longer by now
    second = lines.enter(STRANGERS, 3)
    assert second is not None
    assert second.request == 2  # who came first
    monkeypatch.setattr(fair_queueing, "LONGEST_TURN", FOR_EVER)
    assert lines.leave(STRANGERS, first) is None  # the second has just begun, and will see to the third
    third = lines.leave(STRANGERS, second)
    assert third is not None
    assert third.request == 3


def test_with_many_threads_each_request_has_one_turn_and_nothing_is_left_behind() -> None:
    lines, counting, served = FairQueueing(), Lock(), []

    def serve(number: int) -> None:
        flow = ("192.0.2.1", f"/{number % 3}")
        turn = lines.enter(flow, number)
        while turn:
            with counting:
                served.append(turn.request)
            turn = lines.leave(flow, turn)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(serve, range(3000)))
    assert sorted(served) == list(range(3000))
    assert (lines._under_way, lines._waiting) == ({}, {})


def test_a_shopper_is_answered_while_a_strangers_requests_fill_more_than_all_threads(
    loop: asyncio.AbstractEventLoop,
) -> None:
    over, answered = Event(), list[str]()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            over.wait()
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    def caller(environ: dict[str, Any]) -> str:
        return str(environ["REMOTE_ADDR"])

    reception = Reception(app, caller, Arrivals(caller), loop)
    many = 4 * REQUEST_THREADS
    with ThreadPoolExecutor(REQUEST_THREADS, "as granian has them") as threads:
        for _ in range(many):
            threads.submit(reception, Asked(*STRANGERS, answered))
        threads.submit(reception, Asked(*SHOPPERS, answered))
        try:
            wait_for(lambda: answered == ["/"])
        finally:
            over.set()
    wait_for(lambda: len(answered) == many + 1)


def test_between_two_turns_of_a_line_everybody_else_has_the_processor(
    monkeypatch: pytest.MonkeyPatch, loop: asyncio.AbstractEventLoop
) -> None:
    pause, moments = 0.02, list[float]()
    monkeypatch.setattr(wsgi_bridge, "BETWEEN_TURNS", pause)
    all_are_in_line = Event()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        all_are_in_line.wait(LIMIT)
        moments.append(time.monotonic())
        start_response("200 OK", [])
        return [b""]

    def caller(environ: dict[str, Any]) -> str:
        return str(environ["REMOTE_ADDR"])

    reception, answered = Reception(app, caller, Arrivals(caller), loop), list[str]()
    first = Thread(target=reception, args=[Asked(*STRANGERS, answered)])
    first.start()
    wait_for(lambda: reception._lines._under_way)
    for _ in range(2):
        reception(Asked(*STRANGERS, answered))
    all_are_in_line.set()
    wait_for(lambda: len(answered) == 3)
    assert all(later - earlier >= pause for earlier, later in pairwise(moments))


def test_what_comes_with_a_body_stands_in_no_line(loop: asyncio.AbstractEventLoop) -> None:
    both_are_here, answered = Barrier(2), list[str]()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        both_are_here.wait(LIMIT)
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    def caller(environ: dict[str, Any]) -> str:
        return str(environ["REMOTE_ADDR"])

    reception = Reception(app, caller, Arrivals(caller), loop)
    for body in (b"one", b"another"):
        reception(Asked("192.0.2.1", "/checkout", answered, body))
    wait_for(lambda: sorted(answered) == ["another", "one"])
