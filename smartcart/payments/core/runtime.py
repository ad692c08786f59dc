"""What payments work with: the settings, the gateway and its pool of threads, kept on the app."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, current_app

from smartcart.config import Settings
from smartcart.fraud.guard import Guard
from smartcart.gateways.protocol import Gateway
from smartcart.payments.core.gateway_pace import GatewayPace
from smartcart.payments.core.gateway_pool import GatewayPool
from smartcart.payments.core.known_weather import KnownWeather
from smartcart.payments.core.terms import Plan
from smartcart.payments.core.usual_wait import UsualWait
from smartcart.payments.core.wanted_letters import WantedLetters
from smartcart.rules import patience


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    gateway: Gateway
    pool: GatewayPool
    usual_wait: Callable[[], float | None]
    pace: GatewayPace
    weather: KnownWeather
    wanted_letters: WantedLetters
    fraud: Guard
    # Each is called with a session's id when this process has changed what its page shows, and must be quick.
    told_of_news: list[Callable[[str], object]] = field(default_factory=list)
    # Each is called once, when this process is to end.
    told_of_end: list[Callable[[], object]] = field(default_factory=list)

    @property
    def lease(self) -> float:
        """How long something is left to whoever took it on, in seconds: one call to the gateway."""
        return self.settings.payment_timeout + patience.CALL_GRACE

    @property
    def longest_wait(self) -> float:
        """Nothing is ever due later than so many seconds from now."""
        settings = self.settings
        return max(patience.LONGEST_LOOK, self.lease, settings.retry_delay)

    def plan(self) -> Plan:
        """When to come back to a session that is settled now."""
        jitter = random.random()  # noqa: S311  # spreads retries; nothing secret
        return Plan(self.settings.retry_delay, self.settings.reconcile_interval, jitter)


def init_app(app: Flask, settings: Settings, gateway: Gateway) -> None:
    pool, pace = GatewayPool(app, settings.gateway_threads), GatewayPace(settings.gateway_threads)
    weather = KnownWeather(app, lambda: gateway.account or gateway.name, settings.weather == "on")
    fraud = Guard(settings.secret_key, settings.fraud == "on")
    letters = WantedLetters(app)
    app.extensions["smartcart"] = Runtime(settings, gateway, pool, UsualWait(app), pace, weather, letters, fraud)


def runtime() -> Runtime:
    """The parts of the app that is at work."""
    found: Runtime = current_app.extensions["smartcart"]
    return found
