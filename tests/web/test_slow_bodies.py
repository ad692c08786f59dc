"""Bodies that come slowly: each has its time, and more of it the more has come."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from smartcart.admin.products.routes import LARGEST_UPLOAD
from smartcart.web.request_bodies import LARGEST, Arrivals, Refused

Body = bytes | Refused
POST = {"REMOTE_ADDR": "203.0.113.9"}


def arrived(arrivals: Arrivals, receive: Callable[[], Awaitable[dict[str, Any]]], **environ: str) -> Body:
    with ThreadPoolExecutor(1) as own_thread:  # in this one a browser's test may have left a loop that runs
        return own_thread.submit(asyncio.run, arrivals.body_of({**POST, **environ}, receive)).result()


def address(environ: dict[str, Any]) -> str:
    return str(environ["REMOTE_ADDR"])


def test_one_that_stalls_is_given_up() -> None:
    async def never() -> dict[str, Any]:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    arrivals = Arrivals(address, time=0.05)
    assert arrived(arrivals, never) is Refused.TOO_SLOW
    assert not arrivals.under_way


def test_one_that_comes_slowly_and_steadily_has_more_time_than_one_that_stalls() -> None:
    parts = [b"x" * 500] * 6

    async def steadily() -> dict[str, Any]:
        await asyncio.sleep(0.2)  # 1.2 seconds in all; each 500 bytes gain a second
        return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

    assert arrived(Arrivals(address, time=0.7), steadily) == b"x" * 3000


def test_one_without_end_is_read_no_further_than_anybody_may_send() -> None:
    sent = []

    async def on_and_on() -> dict[str, Any]:
        sent.append(64 * 1024)
        return {"type": "http.request", "body": b"x" * sent[-1], "more_body": True}

    body = arrived(Arrivals(address), on_and_on)
    assert isinstance(body, bytes)
    assert LARGEST < len(body) == sum(sent) <= LARGEST + 64 * 1024


def test_the_largest_picture_is_read() -> None:
    assert LARGEST > LARGEST_UPLOAD


def test_a_length_may_have_any_number_of_zeros_in_front() -> None:
    async def at_once() -> dict[str, Any]:
        return {"type": "http.request", "body": b"a=b", "more_body": True}

    assert arrived(Arrivals(address), at_once, CONTENT_LENGTH="0" * 5000 + "3") == b"a=b"


def test_one_that_is_announced_as_too_large_is_not_read() -> None:
    async def never_asked() -> dict[str, Any]:
        raise AssertionError

    assert arrived(Arrivals(address), never_asked, CONTENT_LENGTH=str(LARGEST + 1)) == b""


def test_one_that_is_as_long_as_it_is_said_to_be_is_whole() -> None:
    parts = [b"x" * 500] * 2

    async def in_two() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    assert arrived(Arrivals(address), in_two, CONTENT_LENGTH="1000") == b"x" * 1000


def test_one_in_chunks_ends_when_it_says_so_whatever_its_length_is_said_to_be() -> None:
    parts = [b"x" * 500] * 2

    async def in_chunks() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

    both = {"CONTENT_LENGTH": "500", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert arrived(Arrivals(address), in_chunks, **both) == b"x" * 1000
