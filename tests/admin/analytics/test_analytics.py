"""What came of payments, as the owner reads it: on the page, as JSON and in a spreadsheet."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from smartcart import clock
from smartcart.admin.analytics import labels
from smartcart.analytics import keeping
from smartcart.analytics.definitions import DEFINITIONS
from smartcart.analytics.models import FigureKept
from smartcart.database.session import db, writing
from smartcart.payments.core.runtime import runtime
from smartcart.rules.outcomes import APPROVED, TIMED_OUT
from tests.admin.browser import AdminBrowser
from tests.payments.opened import DECLINED, begin, make_refund, open_session, settle
from tests.support.visitor import words

PAGE = "/admin/analytics"
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # a Wednesday


def keep_up() -> None:
    keeping.keep_up(runtime().settings.time_zone)


def rescue() -> None:
    """A payment that is cut off, and paid."""
    attempt = begin(open_session())
    settle(attempt, TIMED_OUT)
    settle(attempt, APPROVED)


@pytest.fixture
def busy(somebody: AdminBrowser) -> AdminBrowser:
    """The admin's browser, in a shop with a rescued payment last week, and one of each kind this week."""
    clock.freeze(NOW - timedelta(days=7))
    rescue()
    clock.freeze(NOW)
    rescue()
    open_session()
    settle(begin(open_session(slug="kettle", stock=9)), DECLINED)
    keep_up()
    assert somebody.sign_in().status_code == 303
    return somebody


def section(page: str, key: str) -> str:
    """What people read in a section of the page."""
    found = re.search(rf'<section[^>]*data-section="{key}".*?</section>', page, re.DOTALL)
    assert found, key
    return words(found[0])


def rows(browser: AdminBrowser, key: str, **asked: str) -> dict[str, tuple[Any, Any]]:
    answer = browser.get(f"{PAGE}.json", query_string=asked).get_json()
    [found] = [each["rows"] for each in answer["sections"] if each["key"] == key]
    return {row["name"]: (row["now"], row["before"]) for row in found}


def lines(browser: AdminBrowser, separator: str = ",", **asked: str) -> list[list[str]]:
    text = browser.get(f"{PAGE}.csv", query_string=asked).get_data(as_text=True)
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.json", f"{PAGE}.csv"])
def test_nobody_outside_reads_it(somebody: AdminBrowser, path: str) -> None:
    assert somebody.get(path).status_code == 303


def test_a_shop_in_which_nobody_has_paid_says_so_calmly(admin: AdminBrowser) -> None:
    page = admin.get(PAGE)
    assert "No payment was opened here" in words(page.text)
    assert "Nothing has been counted yet." in words(page.text)
    assert "<svg" not in page.text.partition("<main")[2]
    assert rows(admin, "time_to_pay")["median"] == (None, None)


def test_a_week_is_told_against_the_one_before(busy: AdminBrowser) -> None:
    page = busy.get(PAGE).text
    assert "2026-W48, against 2026-W47" in words(page)
    assert "money rescued, EUR €42.00 €42.00" in section(page, "rescued")
    assert "no answer in time 1 1" in section(page, "interrupted")
    assert "no answer in time 1 1" in section(page, "rescued_from")
    assert "the reconciler 0 0" in section(page, "rescued_by")
    assert "opened 3 1" in section(page, "way")
    assert "opened, and not tried 1 0" in section(page, "lost")
    assert "card_declined 1 0" in section(page, "declines")
    assert "median 0.0 s 0.0 s" in section(page, "time_to_pay")
    assert "refunds 0 0" in section(page, "refunds")


def test_each_figure_says_what_it_means(busy: AdminBrowser) -> None:
    page = busy.get(PAGE).text
    assert DEFINITIONS.keys() == labels.TITLES.keys()
    for key, meaning in DEFINITIONS.items():
        assert meaning in section(page, key)


def test_what_is_drawn_has_a_title_a_description_and_its_table(busy: AdminBrowser) -> None:
    page = busy.get(PAGE).text
    drawn = re.search(r'<svg[^>]*role="img"[^>]*aria-labelledby="([^"]+)".*?</svg>', page, re.DOTALL)
    assert drawn
    assert all(f'id="{name}"' in drawn[0] for name in drawn[1].split())
    heights = re.findall(r'<rect class="chart-(\w+)"[^>]*height="([\d.]+)"', drawn[0])
    assert heights == [("before", "190.0"), ("bar", "190.0")] * 2
    table = re.search(r'<table[^>]*data-testid="series".*?</table>', page, re.DOTALL)
    assert table
    assert words(table[0]).endswith("2026-W47 1 1 1 1 2026-W48 3 1 1 1")
    assert "style=" not in page


@pytest.mark.parametrize(
    ("asked", "period", "opened"),
    [
        ({"by": "day"}, "2026-11-25", (3, 0)),
        ({"by": "day", "at": "2026-11-18"}, "2026-11-18", (1, 0)),
        ({"by": "week", "at": "2026-11-22"}, "2026-W47", (1, 0)),
        ({"by": "month"}, "2026-11", (4, 0)),
        ({"by": "month", "of": "currency:EUR"}, "2026-11", (4, 0)),
        ({"by": "month", "of": "currency:USD"}, "2026-11", (0, 0)),
        ({"of": "method:sandbox_approve"}, "2026-W48", (2, 1)),
        ({"of": "method:not tried"}, "2026-W48", (1, 0)),
        ({"of": "device:unknown"}, "2026-W48", (3, 1)),
    ],
)
def test_other_periods_and_parts_can_be_asked_for(
    busy: AdminBrowser, asked: dict[str, str], period: str, opened: tuple[int, int]
) -> None:
    assert busy.get(f"{PAGE}.json", query_string=asked).get_json()["period"] == period
    assert rows(busy, "way", **asked)["opened"] == opened
    assert f"opened {opened[0]} {opened[1]}" in words(busy.get(PAGE, query_string=asked).text) or opened == (0, 0)


def test_from_one_part_all_else_of_it_is_a_press_away(busy: AdminBrowser) -> None:
    page = busy.get(PAGE).text
    found = re.search(r'href="([^"]*of=method:sandbox_approve[^"]*)"', page)
    assert found
    assert "2026-W48, sandbox_approve, against" in busy.read(found[1].replace("&amp;", "&"))


def test_the_json_tells_the_same_in_minor_units_and_seconds(busy: AdminBrowser) -> None:
    told = busy.get(f"{PAGE}.json").get_json()
    assert (told["begins"], told["ends"], told["before"]) == ("2026-11-23", "2026-11-29", "2026-W47")
    assert (told["by"], told["of"], told["time_zone"], told["as_of"]) == ("week", None, "UTC", "2026-11-25T10:00:00Z")
    [rescued] = [each for each in told["sections"] if each["key"] == "rescued"]
    assert rescued["definition"] == DEFINITIONS["rescued"]
    money = {"name": "rescued_sum", "unit": "money", "currency": "EUR", "now": 4200, "before": 4200}
    assert money in rescued["rows"]
    last = {"begins": "2026-11-23", "opened": 3, "paid": 1, "interrupted": 1, "rescued": 1}
    assert told["series"][-1] == last
    assert rows(busy, "time_to_pay")["p90"] == (0.0, 0.0)


def test_a_spreadsheet_gets_sums_and_times_with_the_sign_that_it_knows(busy: AdminBrowser) -> None:
    found = lines(busy)
    assert found[0] == ["What", "Figure", "Unit", "Week 2026-W48", "Week 2026-W47"]
    assert ["Rescued", "money rescued, EUR", "EUR", "42.00", "42.00"] in found
    assert ["Time to pay", "median", "seconds", "0.0", "0.0"] in found
    by_comma = lines(busy, ";", decimal="comma")
    assert ["Rescued", "money rescued, EUR", "EUR", "42,00", "42,00"] in by_comma
    assert len(by_comma) == len(found)


def test_a_code_that_a_spreadsheet_would_run_is_disarmed(busy: AdminBrowser) -> None:
    with writing():
        cell = {"grain": "week", "begins": date(2026, 11, 23), "slice": "all", "part": "", "figure": "declines"}
        db.session.add(FigureKept(**cell, value="=1+1", number=1))
    assert ["Declines by code", "'=1+1", "number", "1", "0"] in lines(busy)
    assert "=1+1" in section(busy.get(PAGE).text, "declines")


@pytest.mark.parametrize(
    ("tenths", "told"),
    [
        (0, "0.0 s"),
        (13, "1.3 s"),
        (470, "47 s"),
        (1500, "2 min 30 s"),
        (60_000, "1 h 40 min"),
        (860_000, "23 h 53 min"),
    ],
)
def test_a_duration_is_told_as_people_would(tenths: int, told: str) -> None:
    assert labels.lasted(tenths) == told


def test_sums_of_two_currencies_stand_beside_each_other(busy: AdminBrowser) -> None:
    with writing():
        cell = {"grain": "week", "begins": date(2026, 11, 23), "slice": "all", "part": "", "figure": "taken"}
        db.session.add(FigureKept(**cell, value="JPY", number=4200))
    told = section(busy.get(PAGE).text, "paid")
    assert "money taken, EUR €42.00 €42.00" in told
    assert "money taken, JPY ¥4,200 ¥0" in told
    assert ["Paid", "money taken, JPY", "JPY", "4200", "0"] in lines(busy)


def test_a_time_zone_that_was_changed_is_told_until_all_is_counted_anew(busy: AdminBrowser) -> None:
    with writing():
        db.session.execute(db.text("update analytics_place set zone = 'Europe/Berlin'"))
    assert "Days are still those of Europe/Berlin." in busy.read(PAGE)
    keeping.begin_anew(runtime().settings.time_zone)
    assert "Days are still" not in busy.read(PAGE)


def test_a_refund_alone_is_something_to_tell(somebody: AdminBrowser) -> None:
    clock.freeze(NOW - timedelta(days=30))
    attempt = begin(session := open_session())
    settle(attempt, APPROVED)
    clock.freeze(NOW)
    make_refund(session)
    keep_up()
    assert somebody.sign_in().status_code == 303
    page = somebody.get(PAGE, query_string={"by": "day"}).text
    assert "refunds 1 0 money given back, EUR €42.00 €0.00" in section(page, "refunds")


def test_how_far_the_figures_go_is_told(busy: AdminBrowser) -> None:
    assert "Everything up to 25 Nov 2026, 10:00:00 UTC" in busy.read(PAGE)
    open_session()
    assert "; 1 event since then is taken in soon." in busy.read(PAGE)
