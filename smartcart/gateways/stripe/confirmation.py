"""What Stripe is told to charge, and how cautiously."""

from typing import Any

from smartcart.gateways.protocol import ChargeRequest
from smartcart.rules.precautions import Precaution


def confirmation(request: ChargeRequest) -> dict[str, Any]:
    """What Stripe is told to charge. A card that it keeps is confirmed at the bank's own page, so without a script;
    one that was typed in our page, there."""
    wanted: dict[str, Any] = {
        "return_url": request.return_url,
        "setup_future_usage": "on_session" if request.keep else "",
        **_cautiously(request.precaution),
    }
    if request.method.startswith("pm_"):
        return {**wanted, "payment_method": request.method}
    return {**wanted, "confirmation_token": request.method, "use_stripe_sdk": True}


def _cautiously(precaution: Precaution) -> dict[str, Any]:
    """Said at each confirmation, for the intent keeps what an earlier attempt was asked for.

    `capture_method` and `request_three_d_secure` are parameters of it: https://docs.stripe.com/api/payment_intents/confirm.
    Only cards can be set aside; of all else Stripe refuses the confirmation, and nothing is charged.
    """
    return {
        "capture_method": "manual" if precaution.set_aside else "automatic",
        # With the charge comes until when the sum is set aside.
        **({"expand": ["latest_charge"]} if precaution.set_aside else {}),
        "payment_method_options": {"card": {"request_three_d_secure": "any" if precaution.confirm else "automatic"}},
    }
