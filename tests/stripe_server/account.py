"""The account, and the addresses that its events go to."""

from typing import Any

from aiohttp import web

from tests.stripe_server.mending import Refusal, invalid
from tests.stripe_server.owners import owner
from tests.stripe_server.process import RESTRICTED_KEY

# https://docs.stripe.com/api/accounts/object
account: dict[str, Any] = {"id": "acct_1", "object": "account", "charges_enabled": True, "details_submitted": True}
# https://docs.stripe.com/api/webhook_endpoints/object
endpoints: list[dict[str, Any]] = []
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: "depends on the payout bank account settlement
# currency", so what it comes to in another currency changes with the rate.
least: dict[str, int] = {}
ORDINARY_LEAST = {"eur": 50, "usd": 50}


def refuse_small(amount: int, currency: str) -> None:
    """https://docs.stripe.com/error-codes#amount-too-small."""
    at_least = {**ORDINARY_LEAST, **least}.get(currency, 0)
    if amount < at_least:
        raise invalid(f"Amount must be at least {at_least} {currency}.", "amount_too_small", param="amount")


async def show(request: web.Request) -> web.Response:
    # https://docs.stripe.com/keys/restricted-api-keys: "returns an error" with 403 for what it has no right to.
    if request.headers.get("Authorization", "").endswith(RESTRICTED_KEY):
        raise Refusal(403, "invalid_request_error", "The provided key does not have the required permissions.")
    return web.json_response({**account, "id": owner.get()[0]})


async def list_endpoints(request: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": endpoints, "has_more": False, "url": "/v1/webhook_endpoints"})


async def change_account(request: web.Request) -> web.Response:
    account.update(await request.json())
    return web.json_response({})


async def set_endpoints(request: web.Request) -> web.Response:
    """Those there are from now on, each with its `url`, `status` and `enabled_events`."""
    told = await request.json()
    endpoints[:] = [{"object": "webhook_endpoint", "id": f"we_{each['url']}", **each} for each in told["endpoints"]]
    return web.json_response({})


async def set_least(request: web.Request) -> web.Response:
    """From now on it takes no less than so much, by currency in small letters."""
    least.update(await request.json())
    return web.json_response({})


ROUTES = [
    web.get("/v1/account", show),
    web.get("/v1/webhook_endpoints", list_endpoints),
    web.post("/_test/account", change_account),
    web.post("/_test/endpoints", set_endpoints),
    web.post("/_test/least", set_least),
]
