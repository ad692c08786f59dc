"""Whether the shop is alive, whether it can work, and its figures for Prometheus."""

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from smartcart.db import db
from smartcart.payments.models import Attempt, PaymentSession
from smartcart.payments.parts import parts

health = Blueprint("health", __name__)


@health.get("/livez")
def live() -> Response:
    return jsonify({"status": "alive"})


@health.get("/readyz")
def ready() -> Response:
    """200 when the database answers and knows our tables, else 503; 503 too for a shop that was told to stop."""
    if parts().pool.is_closed:
        return make_response(jsonify({"status": "the shop is about to stop"}), 503)
    try:
        db.session.execute(text("SELECT id FROM payment_session LIMIT 1"))
    except SQLAlchemyError:
        return make_response(jsonify({"status": "the database does not answer"}), 503)
    return jsonify({"status": "ready"})


@health.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


class Payments(Collector):
    """Counted from the database at each scrape, so that every process tells the same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _counts("smartcart_payment_sessions", "Payment sessions by state", "state", PaymentSession.state)
        yield _counts("smartcart_payment_attempts", "Attempts by outcome", "outcome", Attempt.outcome)
        yield _counts("smartcart_interruptions", "Attempts by interruption", "interruption", Attempt.interruption)


def _counts(name: str, text: str, label: str, column: object) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in db.session.execute(select(column, func.count()).group_by(column)):  # type: ignore[call-overload]
        family.add_metric([str(value or "none")], count)
    return family


_registry = CollectorRegistry()
_registry.register(Payments())
