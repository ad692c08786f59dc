"""What Stripe tells by itself: the bytes of a webhook and their signature in, a plain value out."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

# As Stripe's own libraries have it. An older message may be one that somebody has caught and sends again.
TOLERANCE = timedelta(minutes=5)
# What a payment can be charged by without our call, ended by, or lose its money by, now or soon. All are needed.
NEEDED = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "radar.early_fraud_warning.created",
        "radar.early_fraud_warning.updated",
    }
)

# A thin event has of its object the name alone, and its kind is that of the full one with the API's version in front:
# https://docs.stripe.com/events/how-events-work#thin-events, which Stripe recommends for new endpoints.
THIN = "v2.core.event"
OF_VERSION_1 = "v1."

NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


class NotFromStripe(Exception):
    """The signature does not fit, is too old, or what is signed is no event; the message says which, and no more."""


@dataclass(frozen=True)
class Told:
    """One event of Stripe's, full or thin.

    `subject` is the id of the object it is about, `reference` of the PaymentIntent behind that, `session` and `shop`
    what we wrote on it; each empty where there is none, or where a thin event does not say. `body` is what was signed.
    """

    id: str
    kind: str
    happened_at: datetime
    is_live: bool
    subject: str
    reference: str
    session: str
    shop: str
    body: str

    @property
    def is_needed(self) -> bool:
        return self.kind in NEEDED


def understand(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> Told:
    """The event in a webhook that was signed with any of the endpoint's secrets. Raises NotFromStripe.

    While a secret is being rolled Stripe signs with both; one fitting signature is enough.
    """
    _verify(body, header, secrets, now)
    try:
        event = json.loads(body)
        told = (_told_thinly if event.get("object") == THIN else _told)(event, body.decode())
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise NotFromStripe("what is signed is no event") from None
    if not told.id or not told.kind:
        raise NotFromStripe("what is signed is an event without a name")
    return told


def is_thin(body: str) -> bool:
    """Whether this is the body of a thin event."""
    return bool(json.loads(body).get("object") == THIN)


def _verify(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Ours to say, whatever the library says to it: with an empty secret anybody can sign."""
    if not any(secret and _fits(body, header, secret) for secret in secrets):
        raise NotFromStripe("the signature does not fit")
    # Its age is judged here: the library would ask the machine's clock, and the shop has one of its own.
    signed_at = next(int(part.split("=")[1]) for part in header.split(",") if part.split("=")[0] == "t")
    if signed_at < (now - TOLERANCE).timestamp():
        raise NotFromStripe("the signature is more than five minutes old")


def _fits(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(body, header, secret))
    except (SignatureVerificationError, ValueError, TypeError):  # the latter two for what is no text, or not ASCII
        return False


def _told(event: Any, body: str) -> Told:
    subject = event["data"]["object"] if "data" in event else {}
    metadata = subject.get("metadata") or {}
    is_intent = subject.get("object") == "payment_intent"
    return Told(
        id=_name(event["id"]),
        kind=_name(event["type"]),
        happened_at=datetime.fromtimestamp(int(event["created"]), UTC),
        is_live=bool(event.get("livemode")),
        subject=_name(subject.get("id")),
        reference=_name(subject.get("id") if is_intent else subject.get("payment_intent")),
        session=_name(metadata.get("smartcart_session")),
        shop=_name(metadata.get("smartcart_shop")),
        body=body,
    )


def _told_thinly(event: Any, body: str) -> Told:
    about = event.get("related_object") or {}
    subject = _name(about.get("id"))
    return Told(
        id=_name(event["id"]),
        kind=_name(event["type"]).removeprefix(OF_VERSION_1),
        happened_at=datetime.fromisoformat(event["created"]).astimezone(UTC),
        is_live=bool(event.get("livemode")),
        subject=subject,
        reference=subject if about.get("type") == "payment_intent" else "",
        session="",
        shop="",
        body=body,
    )


def _name(value: object) -> str:
    """What can be a name of Stripe's or of ours; anything else is none, and no database need take it."""
    return value if isinstance(value, str) and NAME.fullmatch(value) else ""
