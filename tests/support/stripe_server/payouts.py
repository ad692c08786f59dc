"""Payouts to the shop's bank, and the transactions on its balance, as a test sets them."""

from typing import Any

from aiohttp import web

# https://docs.stripe.com/api/payouts/object and https://docs.stripe.com/api/balance_transactions/object, by payout
payouts: list[dict[str, Any]] = []
transactions: dict[str, list[dict[str, Any]]] = {}
# So many at once, to be seen to be asked again: Stripe tells up to `limit`.
AT_ONCE = 2


async def set_payouts(request: web.Request) -> web.Response:
    """Those there are from now on, each with its `lines`."""
    payouts.clear()
    for told in (await request.json())["payouts"]:
        transactions[told["id"]] = told.pop("lines")
        payouts.append({"object": "payout", "status": "paid", **told})
    return web.json_response({})


async def list_payouts(request: web.Request) -> web.Response:
    since, until = (int(request.query[f"arrival_date[{name}]"]) for name in ("gte", "lt"))
    return _page(request, [each for each in payouts if since <= each["arrival_date"] < until])


async def list_transactions(request: web.Request) -> web.Response:
    """With each source in full: that is asked for."""
    assert request.query["expand[0]"] == "data.source"
    return _page(request, transactions[request.query["payout"]])


def _page(request: web.Request, found: list[dict[str, Any]]) -> web.Response:
    after = request.query.get("starting_after")
    rest = found[1 + [each["id"] for each in found].index(after) :] if after else found
    data, has_more = rest[:AT_ONCE], len(rest) > AT_ONCE
    return web.json_response({"object": "list", "data": data, "has_more": has_more, "url": request.path})


LISTS = {"/v1/payouts": list_payouts, "/v1/balance_transactions": list_transactions}
ROUTES = [web.post("/_test/payouts", set_payouts)]


@web.middleware
async def listed_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """localstripe has lists of its own at these addresses, which know no payout's transactions."""
    listed = LISTS.get(request.path, handler) if request.method == "GET" else handler
    return await listed(request)  # type: ignore[no-any-return]
