"""The keys that open the server: a secret one for the shop, a publishable one for its pages."""

import re
from base64 import b64decode
from typing import Any

from aiohttp import web

from tests.stripe_server.mending import invalid
from tests.stripe_server.process import LIVE_KEY, PUBLISHABLE_KEY, RESTRICTED_KEY, SECRET_KEY

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
    return await handler(request)  # type: ignore[no-any-return]


async def _is_known(request: web.Request) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    given = b64decode(given).decode().partition(":")[0] if kind == "Basic" else given
    if given in (SECRET_KEY, LIVE_KEY, RESTRICTED_KEY):
        return True
    if not re.fullmatch(PUBLIC, f"{request.method} {request.path}"):
        return False
    data: Any = await request.post() if request.method == "POST" else request.query
    return PUBLISHABLE_KEY in (given, data.get("key"))
