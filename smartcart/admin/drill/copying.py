"""What a drill is told of this shop: what is on sale, the currency, its times, and its keys for Stripe's test mode if
there are any. No other key, no name, no address; and of databases the one that was made for it alone."""

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


def order(scenarios: Iterable[Scenario], database: str) -> str:
    """One line of JSON, as `smartcart.drill.on_copy` reads it. `database` is what was made for the copy, if it was."""
    on_sale = select(*OF_PRODUCT).where(Product.on_sale).order_by(Product.id).limit(PRODUCTS)
    told = {
        "scenarios": list(scenarios),
        "currency": runtime().settings.currency,
        "timing": asdict(in_copy()),
        "stripe": _test_keys(),
        "database": database,
        "products": _rows(db.session.execute(on_sale).mappings()),
        "shipping": _rows(db.session.execute(select(*OF_SHIPPING)).mappings()),
    }
    db.session.rollback()
    return json.dumps(told)


def has_test_keys() -> bool:
    """Whether the drill goes to Stripe's test mode: real money moves in none."""
    settings = runtime().settings
    return settings.gateway == "stripe" and "_test_" in settings.stripe_secret_key


def in_copy() -> Timing:
    """The copy's."""
    return quickened(timing(), has_test_keys())


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


def _test_keys() -> dict[str, str] | None:
    """None where the shop has live keys, or none."""
    if not has_test_keys():
        return None
    settings = runtime().settings
    return {
        "secret_key": settings.stripe_secret_key,
        "publishable_key": settings.stripe_publishable_key,
        "api_base": settings.stripe_api_base,
    }


def _rows(found: Iterable[Any]) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in found]
