"""Where Stripe tells what happened by itself. Stored and answered at once; what it means is found out afterwards.

For Stripe 2xx is "do not send this again", and anything else "send it again later, for up to three days". So what is
not from Stripe is refused, what could not be stored is answered by the outage's 503, and all else with 200: also what
is there already, or is none of this shop's business.
"""

from typing import Any

from flask import Blueprint, Response, current_app, request

from smartcart import clock
from smartcart.gateways.stripe.events import NotFromStripe, Told, understand
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate
from smartcart.web.problems import Problem
from smartcart.web.security import csrf

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(webhooks)  # whoever sends these has no cookie; their signature is checked

# Events of payments have some 5 KB; a charge with many refunds in it can have more than a form may.
LARGEST_EVENT = 256 * 1024


@webhooks.url_value_preprocessor
def allow_large_events(endpoint: str | None, values: dict[str, str] | None) -> None:
    request.max_content_length = LARGEST_EVENT


@webhooks.post("/stripe")
def stripe() -> Response:
    event = _signed_event()
    if processor.store_event(_remembered(event)):
        processor.hand_over()
    return Response(status=200)


def _signed_event() -> Told:
    header, secrets = request.headers.get("Stripe-Signature", ""), runtime().settings.stripe_webhook_secrets
    try:
        return understand(request.get_data(), header, secrets, clock.now())
    except NotFromStripe as refusal:
        current_app.logger.warning("a webhook was refused: %s", refusal)
        raise Problem(400, "not_from_stripe", f"This webhook was refused: {refusal}.") from None


def _remembered(event: Told) -> dict[str, Any]:
    """The columns of a GatewayEvent."""
    fate, now = _fate(event), clock.now()
    return {
        "id": event.id,
        "kind": event.kind,
        "subject": event.subject,
        "reference": event.reference,
        "claimed_session": event.session,
        "happened_at": event.happened_at,
        "received_at": now,
        "body": event.body,
        "fate": fate,
        "due_at": now if fate is Fate.WAITING else None,
    }


def _fate(event: Told) -> Fate:
    """Whether it is for this shop at all. A test's event never moves a real payment, and the other way round."""
    if event.is_live is runtime().gateway.is_test:
        return Fate.OTHER_MODE
    if event.shop not in ("", runtime().settings.stripe_shop):
        return Fate.OTHER_SHOP
    return Fate.WAITING if event.is_needed else Fate.NOT_NEEDED
