"""What Stripe tells by itself: the bytes of a webhook and their signature in, a plain value out."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

# As Stripe's own libraries have it. An older message may be one that somebody has caught and sends again.
TOLERANCE = timedelta(minutes=5)
# What a payment can be charged by without our call, ended by, or lose its money by. The shop's endpoint needs these.
NEEDED = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)

NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


class NotFromStripe(Exception):
    """The signature does not fit, is too old, or what is signed is no event; the message says which, and no more."""


@dataclass(frozen=True)
class Told:
    """One event of Stripe's.

    `subject` is the id of the object it is about, `reference` of the PaymentIntent behind that, `session` and `shop`
    what we wrote on it; each empty where there is none. `body` is what was signed.
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


def understand(body: bytes, header: str, secret: str, now: datetime) -> Told:
    """The event in a webhook. Raises NotFromStripe.

    While a secret is being rolled Stripe signs with both; one fitting signature is enough.
    """
    _verify(body, header, secret, now)
    try:
        event = json.loads(body)
        told = _told(event, body.decode())
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise NotFromStripe("what is signed is no event") from None
    if not told.id or not told.kind:
        raise NotFromStripe("what is signed is an event without a name")
    return told


def _verify(body: bytes, header: str, secret: str, now: datetime) -> None:
    try:
        WebhookSignature.verify_header(body, header, secret)
        # Its age is judged here: the library would ask the machine's clock, and the shop has one of its own.
        signed_at = next(int(part.split("=")[1]) for part in header.split(",") if part.split("=")[0] == "t")
    except (SignatureVerificationError, ValueError, TypeError):  # the latter two for what is no text, or not ASCII
        raise NotFromStripe("the signature does not fit") from None
    if signed_at < (now - TOLERANCE).timestamp():
        raise NotFromStripe("the signature is more than five minutes old")


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


def _name(value: object) -> str:
    """What can be a name of Stripe's or of ours; anything else is none, and no database need take it."""
    return value if isinstance(value, str) and NAME.fullmatch(value) else ""
