"""Webhooks as Stripe writes, signs and delivers them."""

import json
from contextvars import Context
from itertools import count
from typing import Any

from flask import Flask
from stripe import WebhookSignature
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.payments.core.runtime import runtime
from tests.support.stripe_server import StripeServer

SECRET = "whsec_of_the_tests"

_numbers = count(1)


def intent(session: str, reference: str = "pi_1", shop: str | None = None) -> dict[str, Any]:
    """A PaymentIntent of ours as an event carries it: how it was then, which need not be how it is now."""
    metadata = {
        "smartcart_session": session,
        "smartcart_shop": runtime().settings.stripe_shop if shop is None else shop,
    }
    return {"id": reference, "object": "payment_intent", "status": "succeeded", "metadata": metadata}


def refund(reference: str) -> dict[str, Any]:
    """A refund as an event carries it: it tells no session."""
    return {"id": "re_1", "object": "refund", "payment_intent": reference, "metadata": {}}


def letter(subject: dict[str, Any], kind: str = "payment_intent.succeeded", **fields: Any) -> str:
    """The body of a webhook about something; each an event of its own."""
    usual = {"id": f"evt_{next(_numbers)}", "object": "event", "livemode": False, "created": 1_700_000_000}
    return json.dumps({**usual, "type": kind, "data": {"object": subject}, **fields})


def thin(kind: str, about: str, subject: str, **fields: Any) -> str:
    """The body of a thin webhook, as https://docs.stripe.com/api/v2/core/events/event-types has it: about what, and no
    more of it."""
    usual = {"id": f"evt_thin_{next(_numbers)}", "object": "v2.core.event", "livemode": False, "context": None}
    related = {"id": subject, "type": about, "url": f"/v1/{about}s/{subject}"}
    moment = "2023-11-14T22:13:20.000Z"
    return json.dumps({**usual, "type": f"v1.{kind}", "created": moment, "related_object": related, **fields})


def sign(body: str, secret: str = SECRET, age: float = 0.0) -> str:
    """The header that goes with a body that was signed so many seconds ago."""
    return WebhookSignature.generate_signature_header(body, secret, int(clock.now().timestamp() - age))


def deliver(app: Flask, body: str, signature: str | None = None, **more: Any) -> TestResponse:
    """Bring a webhook to the shop, in a context of its own; signed as it should be unless it is said otherwise."""
    headers = {"Stripe-Signature": sign(body) if signature is None else signature}
    return Context().run(app.test_client().post, "/webhooks/stripe", data=body, headers=headers, **more)


def sent_by(stripe: StripeServer) -> list[str]:
    """The bodies of all that Stripe has told so far, oldest first."""
    return [json.dumps(event) for event in stripe.all("event")]
