"""The account, and the addresses that its events go to."""

from typing import Any

from aiohttp import web

from tests.support.stripe_server.mending import Refusal, invalid
from tests.support.stripe_server.owners import owner
from tests.support.stripe_server.process import RESTRICTED_KEY

# https://docs.stripe.com/api/accounts/object
account: dict[str, Any] = {"id": "acct_1", "object": "account", "charges_enabled": True, "details_submitted": True}
# https://docs.stripe.com/api/webhook_endpoints/object
endpoints: list[dict[str, Any]] = []
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: "depends on the payout bank account settlement
# currency", so what it comes to in another currency changes with the rate.
# https://docs.stripe.com/api/v2/core/event_destinations/object
destinations: list[dict[str, Any]] = []
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


async def list_destinations(request: web.Request) -> web.Response:
    """https://docs.stripe.com/api/v2/core/event_destinations/list."""
    return web.json_response({"data": destinations, "next_page_url": None, "previous_page_url": None})


async def change_account(request: web.Request) -> web.Response:
    account.update(await request.json())
    return web.json_response({})


async def set_endpoints(request: web.Request) -> web.Response:
    """Those there are from now on, each with its `url`, `status` and `enabled_events`; `thin` if its events are."""
    told = (await request.json())["endpoints"]
    full, thin = ([each for each in told if bool(each.get("thin")) is kind] for kind in (False, True))
    endpoints[:] = [{"object": "webhook_endpoint", "id": f"we_{each['url']}", **each} for each in full]
    destinations[:] = [_destination(**each) for each in thin]
    return web.json_response({})


async def set_least(request: web.Request) -> web.Response:
    """From now on it takes no less than so much, by currency in small letters."""
    least.update(await request.json())
    return web.json_response({})


def _destination(url: str, status: str, enabled_events: list[str], thin: bool) -> dict[str, Any]:
    return {
        "object": "v2.core.event_destination",
        "id": f"ed_{url}",
        "event_payload": "thin",
        "status": status,
        "enabled_events": [f"v1.{kind}" for kind in enabled_events],
        "type": "webhook_endpoint",
        "webhook_endpoint": {"url": url},
    }


ROUTES = [
    web.get("/v1/account", show),
    web.get("/v1/webhook_endpoints", list_endpoints),
    web.get("/v2/core/event_destinations", list_destinations),
    web.post("/_test/account", change_account),
    web.post("/_test/endpoints", set_endpoints),
    web.post("/_test/least", set_least),
]
