"""Whatever breaks on a request's way, somebody sees to its answer, and to whoever comes behind it."""

import asyncio
import threading
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest

from smartcart.server import fair_queueing
from smartcart.server.wsgi_bridge import Reception, environ_of
from smartcart.web.request_bodies import Arrivals
from tests.server.test_fair_queueing import FOR_EVER, LIMIT, Asked, loop, patient
from tests.support.waiting import wait_for

__all__ = ["loop", "patient"]  # fixtures


class Ended(BaseException):
    """As PyO3's PanicException, which is no Exception either."""


class Told(Asked):
    """A request that remembers whether it was ended."""

    is_done = False

    def done(self) -> None:
        self.is_done = True


class Torn(Told):
    async def receive(self) -> dict[str, Any]:
        raise RuntimeError("as granian has it")


def caller(environ: dict[str, Any]) -> str:
    return str(environ["REMOTE_ADDR"])


def test_who_comes_behind_one_whose_turn_ended_by_no_ordinary_error_is_answered(
    loop: asyncio.AbstractEventLoop,
) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not began.is_set():
            began.set()
            goes_on.wait(LIMIT)
            raise Ended
        start_response("200 OK", [])
        return [b"answered"]

    reception, answered = Reception(app, caller, Arrivals(caller), loop), list[str]()

    def first() -> None:
        with pytest.raises(Ended):
            reception(Asked("192.0.2.1", "/", answered))

    thread = threading.Thread(target=first)
    thread.start()
    assert began.wait(LIMIT)
    reception(Asked("192.0.2.1", "/", answered))
    goes_on.set()
    thread.join()
    wait_for(lambda: answered == ["answered"])
    wait_for(lambda: not reception._lines._under_way)


def test_who_stands_behind_one_that_waits_for_something_is_answered_though_nobody_else_comes(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_queueing, "LONGEST_TURN", 0.01)
    began, goes_on = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        if began.is_set():
            return [b"second"]
        began.set()
        goes_on.wait(LIMIT)
        return [b"first"]

    reception, answered = Reception(app, caller, Arrivals(caller), loop), list[str]()
    thread = threading.Thread(target=reception, args=[Asked("192.0.2.1", "/", answered)])
    with monkeypatch.context() as at_once:
        at_once.setattr(fair_queueing, "LONGEST_TURN", FOR_EVER)  # they come at the same moment
        thread.start()
        assert began.wait(LIMIT)
        reception(Asked("192.0.2.1", "/", answered))
        assert not answered
    wait_for(lambda: answered == ["second"])
    goes_on.set()
    thread.join()
    wait_for(lambda: answered == ["second", "first"])
    wait_for(lambda: not reception._looks_again)


def test_a_body_that_breaks_on_its_way_ends_its_request(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    request = Torn("192.0.2.1", "/", [], b"a=b")
    reception = Reception(lambda *_: [], caller, Arrivals(caller), loop)
    reception(request)
    wait_for(lambda: request.is_done)
    assert "a body could not be received" in caplog.text


def test_long_names_of_headers_are_not_remembered() -> None:
    tracemalloc.start()
    try:
        for number in range(100):
            asked = Asked("192.0.2.1", "/", [])
            environ = environ_of({**asked.scope, "headers": [(b"x-%d" % number + b"a" * 30_000, b"1")]})
            assert f"HTTP_X_{number}{'A' * 30_000}" in environ
        del environ
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
