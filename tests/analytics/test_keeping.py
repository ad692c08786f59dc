"""The figures are kept up from the trail, exactly once, whoever does it and however late an event is seen."""

from collections import Counter
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, text

from smartcart import clock
from smartcart.analytics import keeping, recount, trail
from smartcart.analytics.figures import Figure
from smartcart.analytics.models import FigureKept
from smartcart.analytics.side_by_side import Difference
from smartcart.database.session import db, execute, writing
from smartcart.payments.core import audit_trail
from smartcart.payments.core.models import EventKind
from smartcart.rules.outcomes import APPROVED, TIMED_OUT
from tests.payments.opened import begin, make_refund, open_session, settle, time_passes
from tests.support.databases import ON_POSTGRESQL
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.usefixtures("app")


def kept(figure: Figure, grain: str = "day") -> dict[tuple[str, str], int]:
    """By the first day of the period and the value, of all payments."""
    db.session.rollback()
    which = FigureKept.figure == figure, FigureKept.grain == grain, FigureKept.slice == "all", FigureKept.number != 0
    return {(str(row.begins), row.value): row.number for row in db.session.scalars(select(FigureKept).where(*which))}


def rescue() -> str:
    session = open_session()
    attempt = begin(session)
    settle(attempt, TIMED_OUT)
    settle(attempt, APPROVED)
    return session


def differences() -> list[Difference]:
    return list(recount.recount(lambda number: None).differences)


def test_a_payment_is_counted_as_it_goes_on_and_never_twice() -> None:
    session = open_session()
    keeping.keep_up(BERLIN)
    assert Counter(value for _, value in kept(Figure.WAY)) == Counter(["opened", "open"])
    attempt = begin(session)
    settle(attempt, TIMED_OUT)
    keeping.keep_up(BERLIN)
    settle(attempt, APPROVED)
    keeping.keep_up(BERLIN)
    assert keeping.keep_up(BERLIN) == 0
    assert {value: number for (_, value), number in kept(Figure.WAY).items()} == {
        "opened": 1,
        "tried": 1,
        "at_gateway": 1,
        "paid": 1,
    }
    assert sum(kept(Figure.RESCUED_FROM).values()) == 1
    assert differences() == []


def test_what_comes_weeks_later_is_told_of_the_days_that_it_belongs_to() -> None:
    clock.freeze(datetime(2026, 3, 28, 22, 59, tzinfo=UTC))  # the last minute before a day of 23 hours
    session = rescue()
    keeping.keep_up(BERLIN)
    assert kept(Figure.RESCUED_SUM) == {("2026-03-28", "EUR"): 4200}
    time_passes(24 * 3600)  # which is the day after the next, there
    make_refund(session)
    keeping.keep_up(BERLIN)
    assert kept(Figure.RESCUED_SUM) == kept(Figure.RESCUED_BY) == {}
    assert kept(Figure.REFUNDED_SUM) == {("2026-03-30", "EUR"): 4200}
    assert kept(Figure.REFUNDED_SUM, "week") == {("2026-03-30", "EUR"): 4200}
    assert kept(Figure.TAKEN, "week") == {("2026-03-23", "EUR"): 4200}
    assert differences() == []


def test_many_who_keep_them_at_once_count_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 3)
    for _ in range(5):
        rescue()
    keepers = [lambda: keeping.keep_up(BERLIN)] * 4
    answers = together(app, *keepers)
    assert not any(isinstance(answer, Exception) for answer in answers), answers
    keeping.keep_up(BERLIN)
    assert sum(kept(Figure.PAID).values()) == 5
    assert differences() == []


def test_a_turn_ends_and_the_next_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 3)
    for _ in range(3):
        rescue()
    assert keeping.keep_up(BERLIN, most=3) == 3
    assert sum(kept(Figure.PAID).values()) == 0
    while keeping.keep_up(BERLIN, most=3):
        assert differences() == []
    assert sum(kept(Figure.PAID).values()) == 3


def test_days_are_counted_in_one_zone_until_all_are_counted_anew() -> None:
    clock.freeze(datetime(2026, 11, 29, 23, 30, tzinfo=UTC))
    rescue()
    keeping.keep_up(BERLIN)
    new_york = ZoneInfo("America/New_York")
    rescue()
    keeping.keep_up(new_york)
    assert kept(Figure.PAID) == {("2026-11-30", "EUR"): 2}
    keeping.begin_anew(new_york)
    assert kept(Figure.PAID) == {}
    keeping.keep_up(BERLIN)
    assert kept(Figure.PAID) == {("2026-11-29", "EUR"): 2}
    assert differences() == []


def test_a_wrong_figure_is_found() -> None:
    rescue()
    keeping.keep_up(BERLIN)
    with writing():
        wrong = db.session.scalars(select(FigureKept).where(FigureKept.figure == Figure.TAKEN)).first()
        assert wrong
        wrong.number += 1
        with_no_right = FigureKept(grain="day", begins=wrong.begins, slice="all", part="", figure="paid", value="USD")
        with_no_right.number = 7
        db.session.add(with_no_right)
    assert sorted(each.kept - each.counted for each in differences()) == [1, 7]


@ON_POSTGRESQL
def test_an_event_that_is_overtaken_by_another_is_not_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number is the smaller one, and it is seen later."""
    monkeypatch.setattr(trail, "PATIENCE", 0.0)
    first, second = open_session(), open_session("bob", slug="kettle")
    keeping.keep_up(BERLIN)
    is_written, may_end = Signal(), Signal()

    def write_slowly() -> None:
        with app.app_context(), writing():
            audit_trail.add(first, EventKind.DISPUTED, "gateway", "slowly")
            execute(text("SELECT 1"))  # a line of the trail waits for the next statement, with which it goes along
            is_written.set()
            may_end.wait(30)

    slow = Thread(target=write_slowly)
    slow.start()
    assert is_written.wait(30)
    try:
        with writing():
            audit_trail.add(second, EventKind.DISPUTED, "gateway", "quickly")
        assert keeping.keep_up(BERLIN) == 0
    finally:
        may_end.set()
        slow.join()
    wait_for(lambda: keeping.keep_up(BERLIN))
    assert sum(kept(Figure.DISPUTES).values()) == 2
    assert differences() == []
