"""The shop's figures, as Prometheus reads them. Loaded when they are first asked for."""

from collections.abc import Iterator

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from smartcart.payments.core import call_counts, tally
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.tally_model import Figure
from smartcart.rules.weather import Weather

# The name of each figure, what it says, and the name of its label.
FIGURES = {
    Figure.STATE: ("smartcart_payment_sessions", "Payment sessions by state", "state"),
    Figure.OUTCOME: ("smartcart_payment_attempts", "Attempts by outcome", "outcome"),
    Figure.INTERRUPTION: ("smartcart_interruptions", "Attempts by interruption", "interruption"),
}
BY_KIND_OF_CALL = ("smartcart_gateway_calls", "Calls to the gateway in 30 days", "kind")
BY_WEATHER = ("smartcart_gateway_weather", "1 for the weather at the gateway", "weather")


def told() -> Response:
    """Returns the answer with all of them."""
    return Response(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


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
