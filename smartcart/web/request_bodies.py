"""Bodies on their way: each has its time, an address has so many at once, and one that is cut short is none.

Nothing is done with a body that did not come whole (RFC 9112 §6.3: such a message is incomplete).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

# As Apache's mod_reqtimeout has it: so many seconds for a body, and one more for so many bytes that have come.
# https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html
TIME = 20.0
SLOWEST = 500
# More at once than one household or one office presses in a moment. A proxy's are its clients'.
OF_ONE_ADDRESS = 32
# Larger than anything that anybody may send (admin.products.LARGEST_UPLOAD): what is beyond the app need not read.
LARGEST = 9 * 1024 * 1024
# Of a length, behind its zeros: what has more is as much too large. Python reads no number of thousands of digits.
MOST_DIGITS = 20
# What all of them together may hold while they are incomplete.
MOST_MEMORY = 128 * 1024 * 1024

Receive = Callable[[], Awaitable[dict[str, Any]]]


# What the app is told of a request that it does not get whole: why, as one of `Refused`.
REFUSED = "smartcart.body_refused"


class Refused(Enum):
    """Why a body, or the headers, are not handed on: the status of the answer."""

    CUT_SHORT = 400
    TOO_SLOW = 408
    TOO_MANY = 429
    HEADERS_TOO_LARGE = 431


class Arrivals:
    """Those under way now. To be used on one event loop alone."""

    def __init__(self, address_of: Callable[[dict[str, Any]], str], time: float = TIME) -> None:
        self._address_of = address_of
        self._time = time
        self.under_way: Counter[str] = Counter()
        self._memory = 0

    async def body_of(self, environ: dict[str, Any], receive: Receive) -> bytes | Refused:
        """The whole body of a request; what is larger than anything that is taken ends early, or stays away."""
        length = _length_of(environ)
        if length is not None and length > LARGEST:
            return b""  # the app refuses it by its length
        address = self._address_of(environ)
        if self.under_way[address] >= OF_ONE_ADDRESS or self._memory >= MOST_MEMORY:
            return Refused.TOO_MANY
        self.under_way[address] += 1
        try:
            return await self._collect(receive, length)
        except TimeoutError:
            return Refused.TOO_SLOW
        finally:
            self.under_way[address] -= 1
            if not self.under_way[address]:
                del self.under_way[address]

    async def _collect(self, receive: Receive, length: int | None) -> bytes | Refused:
        """What is as long as it is said to be is whole: to be told that nothing follows is another change of thread."""
        body = bytearray()
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(begun + self._time) as limit:
                while len(body) <= LARGEST:
                    message = await receive()
                    if message["type"] != "http.request":
                        return Refused.CUT_SHORT
                    part = message.get("body", b"")
                    body += part
                    self._memory += len(part)
                    if len(body) == length or not message.get("more_body"):
                        break
                    limit.reschedule(begun + self._time + len(body) / SLOWEST)
            return bytes(body)
        finally:
            self._memory -= len(body)


def _length_of(environ: dict[str, Any]) -> int | None:
    """In bytes, as it is said before it comes; None where that is not said, or in a way that does not count."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(length.lstrip("0")[:MOST_DIGITS] or 0)
