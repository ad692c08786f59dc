"""What a drill is told of this shop: what is on sale, the currency, and its times. No key, no name, no address."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core.runtime import runtime
from smartcart.rules.drills import Scenario, Timing, quickened
from smartcart.shop.delivery_models import ShippingPrice
from smartcart.shop.models import Product

# A drill has some twenty shoppers, one product a scenario: more would only be copied.
PRODUCTS = 20
OF_PRODUCT = (Product.slug, Product.name, Product.price, Product.currency, Product.is_sent, Product.tax_rate)
OF_SHIPPING = (ShippingPrice.currency, ShippingPrice.country, ShippingPrice.price)


def order(scenarios: Iterable[Scenario]) -> str:
    """One line of JSON, as `smartcart.drill.on_copy` reads it."""
    on_sale = select(*OF_PRODUCT).where(Product.on_sale).order_by(Product.id).limit(PRODUCTS)
    told = {
        "scenarios": list(scenarios),
        "currency": runtime().settings.currency,
        "timing": asdict(quickened(timing())),
        "products": _rows(db.session.execute(on_sale).mappings()),
        "shipping": _rows(db.session.execute(select(*OF_SHIPPING)).mappings()),
    }
    db.session.rollback()
    return json.dumps(told)


def timing() -> Timing:
    """The shop's own."""
    settings = runtime().settings
    return Timing(
        payment_timeout=settings.payment_timeout,
        max_attempts=settings.max_attempts,
        retry_delay=settings.retry_delay,
        session_lifetime=settings.session_lifetime,
        cleanup_interval=settings.cleanup_interval,
        reconcile_interval=settings.reconcile_interval,
    )


def _rows(found: Iterable[Any]) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in found]
