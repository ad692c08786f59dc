"""Whether the shop is alive, whether it can work, and its figures for Prometheus."""

from collections.abc import Iterator
from hmac import compare_digest
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db, trouble
from smartcart.payments.core import call_counts, tally
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.tally_model import Figure
from smartcart.rules.weather import Weather

health = Blueprint("health", __name__)

# What proxies add to a request that they hand on: with one of these it was not this machine that asked.
BY_A_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
NOT_ALLOWED = (
    "Only this machine may read the figures. For others set SMARTCART_METRICS_TOKEN, and send it as a bearer token.\n"
)
# The name of each figure, what it says, and the name of its label.
FIGURES = {
    Figure.STATE: ("smartcart_payment_sessions", "Payment sessions by state", "state"),
    Figure.OUTCOME: ("smartcart_payment_attempts", "Attempts by outcome", "outcome"),
    Figure.INTERRUPTION: ("smartcart_interruptions", "Attempts by interruption", "interruption"),
}
BY_KIND_OF_CALL = ("smartcart_gateway_calls", "Calls to the gateway in 30 days", "kind")
BY_WEATHER = ("smartcart_gateway_weather", "1 for the weather at the gateway", "weather")


@health.get("/livez")
def live() -> Response:
    return jsonify({"status": "alive"})


@health.get("/readyz")
def ready() -> Response:
    """200 when the database answers and knows our tables, else 503; 503 too for a shop that was told to stop."""
    if runtime().pool.is_closed:
        return make_response(jsonify({"status": "the shop is about to stop"}), 503)
    try:
        db.session.execute(text("SELECT id FROM payment_session LIMIT 1"))
    except SQLAlchemyError:
        return make_response(jsonify({"status": "the database does not answer"}), 503)
    if reason := trouble():
        return make_response(jsonify({"status": reason}), 503)
    return jsonify({"status": "ready"})


@health.get("/metrics")
def metrics() -> Response:
    """The figures, for who has the token; where there is none, for this machine alone."""
    token = runtime().settings.metrics_token
    if token and not _has(token):
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        return Response("A bearer token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    if not token and not _is_this_machine():
        return Response(NOT_ALLOWED, 403, mimetype="text/plain")
    return Response(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


def _has(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())


def _is_this_machine() -> bool:
    """Whether the request comes from a program on this machine, and not from one of its proxies for somebody else."""
    try:
        return ip_address(request.remote_addr or "").is_loopback and not any(
            name in request.headers for name in BY_A_PROXY
        )
    except ValueError:
        return False


class Payments(Collector):
    """Told from the database at each scrape, so that every process tells the same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counted = tally.figures()
        for figure, named in FIGURES.items():
            family = _family(named)
            for value, number in sorted(counted[figure].items()):
                family.add_metric([value], number)
            yield family
        calls = _family(BY_KIND_OF_CALL)
        for kind, number in sorted(call_counts.by_kind(counted).items()):
            calls.add_metric([kind], number)
        yield calls
        weather = _family(BY_WEATHER)
        for kind in Weather:
            weather.add_metric([kind], int(runtime().weather().weather is kind))
        yield weather


def _family(named: tuple[str, str, str]) -> GaugeMetricFamily:
    name, says, label = named
    return GaugeMetricFamily(name, says, labels=[label])


_registry = CollectorRegistry()
_registry.register(Payments())
