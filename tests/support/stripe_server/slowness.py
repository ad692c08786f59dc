"""Work that takes its time, and the lock on what is worked on meanwhile."""

import asyncio
import re
from typing import Any

from aiohttp import web

from tests.support.stripe_server.mending import Refusal

# What is to take long: a pattern of "METHOD path", and the seconds; used up by the first request that fits.
slow: list[tuple[str, float]] = []
_locked: set[str] = set()


@web.middleware
async def one_at_a_time(request: web.Request, handler: Any) -> web.StreamResponse:
    """https://docs.stripe.com/rate-limits#object-lock-timeouts: an object that another request works on cannot be
    changed: 429 with the code `lock_timeout`."""
    found = re.match(r"/v1/payment_intents/(\w+)", request.path)
    if request.method != "POST" or found is None:
        await _take_time(request)
        return await handler(request)  # type: ignore[no-any-return]
    if found[1] in _locked:
        message = "This object cannot be accessed right now because another API request is currently accessing it."
        raise Refusal(429, "invalid_request_error", message, "lock_timeout")
    _locked.add(found[1])
    try:
        await _take_time(request)
        return await handler(request)  # type: ignore[no-any-return]
    finally:
        _locked.discard(found[1])


async def _take_time(request: web.Request) -> None:
    for wanted in slow:
        if re.search(wanted[0], f"{request.method} {request.path}"):
            slow.remove(wanted)
            await asyncio.sleep(wanted[1])
            return
