"""The weather at the gateway, as the admin sees it."""

from datetime import timedelta

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import weather
from smartcart.payments.core.weather_models import WeatherMinute
from smartcart.rules.weather import Weather
from tests.admin.browser import AdminBrowser

PAGE = "/admin/weather"


def met(minutes_ago: int, answered: int, silent: int) -> None:
    minute = (clock.now() - timedelta(minutes=minutes_ago)).replace(second=0, microsecond=0)
    values = {"answered": answered, "silent": silent, "hanging": 0}
    with writing():
        db.session.add(WeatherMinute(account=weather.account(), minute=minute, **values))


def test_nobody_outside_reads_it(somebody: AdminBrowser) -> None:
    assert somebody.get(PAGE).status_code == 303


def test_a_shop_in_which_nobody_has_paid_has_fair_weather(admin: AdminBrowser) -> None:
    page = admin.read(PAGE)
    assert "The gateway answers" in page
    assert "Nobody paid in the last 24 hours." in page
    assert "None in the last month." in page


def test_an_outage_is_told_and_drawn_with_its_numbers(admin: AdminBrowser) -> None:
    weather.become(Weather.OUT)
    met(0, 2, 18)
    met(24 * 60, 0, 20)
    page = admin.get(PAGE).text
    assert 'data-weather="out"' in page
    assert page.count('class="chart-bar"') == 1
    assert 'height="171.0"' in page  # nine tenths of 190
    told = admin.read(PAGE)
    assert "18 20" in told
    assert "the gateway answers nobody" in told.rpartition("Changes")[2]


def test_an_hour_is_shown_as_it_was_at_its_worst(admin: AdminBrowser) -> None:
    an_hour = 60 + clock.now().minute
    met(an_hour, 20, 0)
    met(an_hour - 1, 5, 15)
    met(an_hour - 2, 19, 1)
    assert "15 20" in admin.read(PAGE)
