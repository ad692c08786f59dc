"""The keys that open the server: a secret one for the shop, a publishable one for its pages."""

import re
from typing import Any

from aiohttp import web

from tests.support.stripe_server.mending import invalid
from tests.support.stripe_server.owners import ID, ORDINARY, OWNERS, is_ours, key_of, owner
from tests.support.stripe_server.process import (
    LIVE_KEY,
    LIVE_PUBLISHABLE_KEY,
    OTHER_KEY,
    OTHER_PUBLISHABLE_KEY,
    PUBLISHABLE_KEY,
    RESTRICTED_KEY,
    SECRET_KEY,
)

# https://docs.stripe.com/keys: a publishable key may do what a browser must: make tokens, read an intent by its secret.
PUBLIC = (
    r"POST /v1/(confirmation_tokens|payment_methods)|POST /v1/payment_intents/\w+/_authenticate"
    r"|GET /v1/payment_intents/\w+"
)


@web.middleware
async def keys_are_right(request: web.Request, handler: Any) -> web.StreamResponse:
    """https://docs.stripe.com/api/authentication: without a valid key a request fails with 401."""
    if request.path.startswith("/v1/") and not await _is_known(request):
        raise invalid("Invalid API Key provided.", status=401)
    # https://docs.stripe.com/keys/restricted-api-keys: it may do what it was given the right to, and this was not.
    if request.path.startswith("/v1/radar/") and key_of(request) == RESTRICTED_KEY:
        raise invalid("The provided key does not have the required permissions for this endpoint.", status=403)
    return await handler(request)  # type: ignore[no-any-return]


async def _is_known(request: web.Request) -> bool:
    given = key_of(request)
    if given in (SECRET_KEY, LIVE_KEY, RESTRICTED_KEY, OTHER_KEY):
        return True
    if not re.fullmatch(PUBLIC, f"{request.method} {request.path}"):
        return False
    return bool({given, await _key_within(request)} & {PUBLISHABLE_KEY, LIVE_PUBLISHABLE_KEY, OTHER_PUBLISHABLE_KEY})


async def _key_within(request: web.Request) -> str:
    """A browser may tell its key as a field."""
    data: Any = await request.post() if request.method == "POST" else request.query
    return str(data.get("key", ""))


@web.middleware
async def only_ones_own(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.path.startswith("/v1/"):
        owner.set(OWNERS.get(key_of(request) or await _key_within(request), ORDINARY))
        asked = request.path + request.query_string + (await request.text() if request.method == "POST" else "")
        for thing in ID.findall(asked):
            if not is_ours(thing):
                raise invalid(f"No such object: '{thing}'", "resource_missing", 404)
    return await handler(request)  # type: ignore[no-any-return]
