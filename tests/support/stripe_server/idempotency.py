"""Idempotency keys, which localstripe ignores: https://docs.stripe.com/api/idempotent_requests."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from localstripe.resources import store

from tests.support.stripe_server.mending import invalid


@dataclass
class Kept:
    """The first request of a key, and its answer once there is one."""

    path: str
    body: bytes
    status: int | None = None
    answer: bytes = b""


@web.middleware
async def idempotency(request: web.Request, handler: Any) -> web.StreamResponse:
    """ "Stripe saves the status code and body of the first request made with a given idempotency key after endpoint
    execution begins. Retries with the same key return the saved response, including 500 errors." """
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None or not request.path.startswith("/v1/"):
        return await handler(request)  # type: ignore[no-any-return]
    body = await request.read()
    kept = store.get(f"kept:{key}")
    if kept is not None:
        return _again(kept, key, request.path, body)
    store[f"kept:{key}"] = first = Kept(request.path, body)
    try:
        answer = await handler(request)
    except BaseException:
        del store[f"kept:{key}"]
        raise
    if _began(answer):
        first.status, first.answer = answer.status, answer.body
    else:
        del store[f"kept:{key}"]
    return answer  # type: ignore[no-any-return]


def _again(kept: Kept, key: str, path: str, body: bytes) -> web.Response:
    if kept.path != path:
        return _error(400, f"only be used for the same endpoint they were first used for ('{kept.path}' vs '{path}')")
    if kept.body != body:
        # "The idempotency layer compares incoming parameters to those of the original request and errors if they're
        # not the same to prevent accidental misuse."
        return _error(400, "only be used with the same parameters they were first used with")
    if kept.status is None:
        # https://docs.stripe.com/error-codes#idempotency-key-in-use
        return _error(409, "be used by one request at a time", "idempotency_key_in_use")
    headers = {"Idempotent-Replayed": "true"}
    return web.Response(status=kept.status, body=kept.answer, content_type="application/json", headers=headers)


def _error(status: int, rule: str, code: str = "") -> web.Response:
    refusal = invalid(f"Keys for idempotent requests can {rule}.", code, status)
    refusal.body["error"]["type"] = "idempotency_error"
    return refusal.to_response()  # type: ignore[no-any-return]


def _began(answer: Any) -> bool:
    """Whether the endpoint began its work: "If incoming parameters fail validation, or the request conflicts with
    another that's executing concurrently, we don't save the idempotent result"; and neither after a 429 or a 401
    (https://docs.stripe.com/error-low-level#idempotency)."""
    if answer.status in (401, 409, 429):
        return False
    return answer.status != 400 or b'"payment_intent_unexpected_state"' in answer.body
