"""What is sent: an event as the feed has it, signed as Standard Webhooks says."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from standardwebhooks import Webhook

from smartcart.database.session import db
from smartcart.merchant_webhooks import endpoints
from smartcart.merchant_webhooks.models import WebhookDelivery, WebhookEndpoint
from smartcart.moments import isoformat
from smartcart.payments.core.merchant_event_model import MerchantEvent


class Request(NamedTuple):
    """A body, and the headers that say of it what it is."""

    headers: Mapping[str, str]
    body: str


def body(delivery: WebhookDelivery) -> str | None:
    """The same at every try; None when the event is no longer kept.

    It is the event as `GET /api/payments/events` shows it, and beside that the `timestamp` that Standard Webhooks has.
    """
    event = db.session.get(MerchantEvent, (delivery.merchant, delivery.number))
    if event is None:
        return None
    told: dict[str, Any] = {
        "type": event.type,
        "timestamp": isoformat(event.created_at),
        "id": event.event_id,
        "number": event.number,
        "created_at": isoformat(event.created_at),
        "data": {"session": {"id": event.session["id"]} if delivery.is_thin else event.session},
    }
    return json.dumps(told, separators=(",", ":"))


def signed(endpoint: WebhookEndpoint, delivery: WebhookDelivery, text: str, now: datetime) -> Request:
    """The request of one try; `now` is in UTC."""
    signatures = [Webhook(secret).sign(delivery.event_id, now, text) for secret in endpoints.secrets(endpoint)]
    return Request(headers_of(delivery, now) | {"webhook-signature": " ".join(signatures)}, text)


def headers_of(delivery: WebhookDelivery, at: datetime) -> dict[str, str]:
    """All but the signature, which nobody reads later: it could be sent again by whoever does."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "SmartCart",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
