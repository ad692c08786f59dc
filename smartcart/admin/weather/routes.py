"""How the gateway answers: now, over the last day, and when that changed."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from smartcart.admin.access import require_login
from smartcart.payments.core import weather_history
from smartcart.payments.core.runtime import runtime
from smartcart.rules.weather import Weather

weather = Blueprint("weather", __name__, url_prefix="/admin/weather")
weather.before_request(require_login)

WORDS = {
    Weather.FAIR: "The gateway answers",
    Weather.SLOW: "The gateway is slow",
    Weather.OUT: "The gateway answers nobody",
}


@weather.get("")
def index() -> ResponseReturnValue:
    return render_template(
        "admin/weather.html",
        is_on=runtime().weather.is_on,
        now=runtime().weather(),
        words=WORDS,
        hours=weather_history.hours(),
        changes=weather_history.changes(),
    )
