"""What happened, as Stripe tells it: kept as events, and sent to the addresses that asked for it."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import aiohttp
from localstripe import resources

# url → secret
listeners: dict[str, str] = {}
_under_way: set[Any] = set()
# Stripe tries for up to three days; a test for a minute, in which a shop has started again on the busiest machine.
TRIES = 600
PAUSE = 0.1
API_VERSION = "2026-10-28.endive"


def happened(kind: str, thing: Any) -> None:
    """Keep an event, and send it to everybody who listens."""
    event = resources.Event(kind, thing)
    # https://docs.stripe.com/api/events/object; localstripe gives an old `api_version` and neither of the others.
    event.api_version, event.request, event.pending_webhooks = API_VERSION, {"id": None, "idempotency_key": None}, 1
    for url, secret in listeners.items():
        sending = asyncio.ensure_future(send(event._export(), url, secret))
        _under_way.add(sending)
        sending.add_done_callback(_under_way.discard)


def _untold(event: Any) -> None:
    """localstripe's own events are of an old version, and sent once after a second; ours are told instead."""
    resources.store.pop(f"event:{event.id}", None)


resources.schedule_webhook = _untold


async def send(event: dict[str, Any], url: str, secret: str) -> None:
    """https://docs.stripe.com/webhooks#retries: "Stripe attempts to deliver events to your destination for up to three
    days with an exponential back off"."""
    for _ in range(TRIES):
        if await _delivered(event, url, secret):
            return
        await asyncio.sleep(PAUSE)


async def _delivered(event: dict[str, Any], url: str, secret: str) -> bool:
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, secret)}
    try:
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            return 200 <= answer.status < 300
    except aiohttp.ClientError:
        return False


def signature(body: bytes, secret: str, moment: float | None = None) -> str:
    """https://docs.stripe.com/webhooks#verify-manually: HMAC with SHA-256 of the timestamp, a dot and the raw body."""
    seconds = int(time.time() if moment is None else moment)
    made = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"
