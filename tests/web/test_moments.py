"""Moments, as people read them: in the shop's own time zone, whose name stands beside them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.moments import format_end, format_moment, midnight
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

BERLIN = ZoneInfo("Europe/Berlin")
# A quarter past midnight in Berlin, and still the day before in UTC.
NIGHT = datetime(2100, 6, 30, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "30 Jun 2100, 22:15 UTC"),
        ("Europe/Berlin", "1 Jul 2100, 00:15 CEST"),
        ("America/Sao_Paulo", "30 Jun 2100, 19:15 UTC-03"),
        ("Asia/Kathmandu", "1 Jul 2100, 04:00 UTC+0545"),
    ],
)
def test_a_moment_has_its_date_and_the_name_of_its_zone(zone: str, expected: str) -> None:
    assert format_moment(NIGHT, ZoneInfo(zone)) == expected


def test_seconds_are_written_where_they_matter() -> None:
    assert format_moment(NIGHT, BERLIN, seconds=True) == "1 Jul 2100, 00:15:00 CEST"


def test_an_end_has_no_date_only_on_the_shops_own_day() -> None:
    assert format_end(NIGHT, BERLIN, now=datetime(2100, 6, 30, 22, 1, tzinfo=UTC)) == "00:15 CEST"
    assert format_end(NIGHT, BERLIN, now=datetime(2100, 6, 30, 21, 59, tzinfo=UTC)) == "1 Jul 2100, 00:15 CEST"


def test_a_day_begins_at_midnight_in_the_shop() -> None:
    assert midnight(NIGHT, BERLIN) == datetime(2100, 6, 30, 22, 0, tzinfo=UTC)
    # On the day on which summer begins, 23 hours before the next one does.
    assert midnight(datetime(2026, 3, 29, 20, 0, tzinfo=UTC), BERLIN) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    """At a shop in Berlin."""
    return create_app(settings.model_copy(update={"time_zone": BERLIN})).test_client()


def test_page_poll_and_receipt_name_the_same_zone(client: FlaskClient, shopper: Shopper) -> None:
    clock.freeze(NIGHT)
    session = shopper.order()
    here = Shopper(client)
    for path in (f"/pay/{session}", f"/pay/{session}/status"):
        assert ">00:30 CEST</time>" in here.get(path).text
    shopper.pay(session)
    wait_for(lambda: 'data-state="completed"' in shopper.get(f"/pay/{session}/status").text)
    order = shopper.get(f"/pay/{session}").text.partition('href="/orders/')[2].partition('"')[0]
    assert here.get(f"/orders/{order}").text.count("1 Jul 2100, 00:15 CEST</time>") == 2
