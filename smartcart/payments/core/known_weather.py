"""How the weather at the gateway is, as each process knows it."""

import math
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from flask import Flask
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db
from smartcart.payments.core.weather_models import GatewayWeather
from smartcart.rules.weather import Weather

# A page waits for no question of its own: what the weather is has each process asked once in so many seconds, at most.
KNOWN_FOR = 1.0


class Standing(NamedTuple):
    """How the weather is, and since when; `back_at` is when the last outage ended."""

    weather: Weather = Weather.FAIR
    since: datetime | None = None
    back_at: datetime | None = None
    relapses: int = 0
    answers: int = 0
    probe: str = ""


FAIR = Standing()


class KnownWeather:
    """How the weather is, as a process knows it; in any thread, within a request or without."""

    def __init__(self, app: Flask, account: Callable[[], str], is_on: bool) -> None:
        self._app, self._account, self.is_on = app, account, is_on
        self._known, self._asked_at = FAIR, -math.inf

    def __call__(self) -> Standing:
        if self.is_on and time.monotonic() - self._asked_at >= KNOWN_FOR:
            self._asked_at, self._known = time.monotonic(), self._ask()
        return self._known

    @property
    def is_out(self) -> bool:
        return self().weather is Weather.OUT

    def ask_anew(self) -> Standing:
        self._asked_at = -math.inf
        return self()

    def _ask(self) -> Standing:
        try:
            with self._app.app_context(), db.engine.connect() as connection:
                row = connection.execute(row_of(self._account())).first()
        except SQLAlchemyError:  # what was known last is still the best guess
            return self._known
        return Standing(*row) if row else FAIR


def row_of(account: str) -> Select[Weather, datetime, datetime | None, int, int, str]:
    of = GatewayWeather
    return select(of.weather, of.since, of.back_at, of.relapses, of.answers, of.probe).where(of.account == account)
