"""Early fraud warnings: word of the card's issuer that a charge may be fraud, often days before it is disputed.

https://docs.stripe.com/api/radar/early_fraud_warnings/object; a refund before the dispute may spare it:
https://docs.stripe.com/disputes/measuring#early-fraud-warnings.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe

from smartcart.gateways.books import FraudWarning
from smartcart.gateways.stripe.client import Access

# As many as Stripe gives at once. A charge has hardly ever more than one.
PAGE = 100


def warnings_since(access: Access, since: datetime) -> Iterator[FraudWarning]:
    """Those that were issued since then, of all the account's charges. Raises GatewayError.

    None for a restricted key without the right to read them: the books are read all the same.
    """
    wanted: dict[str, Any] = {"limit": PAGE, "created": {"gte": int(since.timestamp())}}
    while True:
        with access.asked() as api:
            try:
                page = api.radar.early_fraud_warnings.list(wanted)
            except stripe.PermissionError:
                return
        yield from map(_warning, page.data)
        if not page.has_more:
            return
        wanted["starting_after"] = page.data[-1].id


def warnings_of(access: Access, reference: str) -> tuple[FraudWarning, ...]:
    """Those about an intent. Raises GatewayError."""
    with access.asked() as api:
        found = api.radar.early_fraud_warnings.list({"payment_intent": reference, "limit": PAGE}).data
    return tuple(map(_warning, found))


def _warning(found: Any) -> FraudWarning:
    return FraudWarning(found.payment_intent or "", found.fraud_type, bool(found.actionable))
