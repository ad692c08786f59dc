"""A drill each month by itself: switched in the admin, asked for once by many processes, and told to the owner."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.admin.drill import monthly, runs
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.outbox import owner_notices
from smartcart.outbox.models import OwnerNotice
from smartcart.rules.drills import MONTH, SILENT_FOR, AskedBy, Promise, Run, Scenario
from smartcart.rules.owner_letters import Subject
from tests.admin.browser import AdminBrowser
from tests.admin.drill.parts import verdict
from tests.payments.opened import NOW
from tests.support.two_at_once import together

PAGE = "/admin/drill"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"owner_email": "owner@example.org"})


def a_month_later() -> datetime:
    clock.freeze(NOW + MONTH + timedelta(seconds=1))
    return clock.now()


def the_months_run() -> int:
    """The id of one that was asked for by the month, and taken up."""
    monthly.want(is_wanted=True)
    a_month_later()
    assert monthly.ask_if_due()
    run = runs.under_way()
    assert run
    assert runs.take_up(run.id)
    return run.id


def told() -> list[tuple[str, str]]:
    notices = db.session.query(OwnerNotice).filter_by(kind=Subject.DRILL)
    return [(notice.detail, notice.path) for notice in notices]


def test_it_is_switched_on_and_off_in_the_admin(admin: AdminBrowser) -> None:
    assert "It does not come by itself." in admin.read(PAGE)
    assert admin.post(f"{PAGE}/monthly", {"wanted": "yes"}).status_code == 303
    assert "The next drill is due on" in admin.read(PAGE)
    assert admin.post(f"{PAGE}/monthly", {"wanted": "no"}).status_code == 303
    assert "It does not come by itself." in admin.read(PAGE)


def test_a_senseless_wish_is_refused(admin: AdminBrowser) -> None:
    assert admin.post(f"{PAGE}/monthly", {"wanted": "perhaps"}).status_code == 400
    assert monthly.next_one() is None


def test_where_none_is_wanted_none_comes(still_clock: None) -> None:
    a_month_later()
    assert not monthly.ask_if_due()


def test_it_comes_in_a_month_with_every_scenario_and_then_a_month_later(still_clock: None) -> None:
    monthly.want(is_wanted=True)
    assert not monthly.ask_if_due()
    a_month_later()
    assert monthly.ask_if_due()
    run = runs.under_way()
    assert run
    assert (run.asked_by, run.scenarios.split()) == (AskedBy.MONTH, list(Scenario))
    next_one = monthly.next_one()
    assert next_one
    assert next_one.due_at == NOW + 2 * MONTH
    assert not monthly.ask_if_due()


def test_who_asks_again_for_it_puts_nothing_off(still_clock: None) -> None:
    monthly.want(is_wanted=True)
    clock.freeze(NOW + timedelta(days=1))
    monthly.want(is_wanted=True)
    next_one = monthly.next_one()
    assert next_one
    assert next_one.due_at == NOW + MONTH


def test_while_another_one_runs_it_waits(still_clock: None) -> None:
    monthly.want(is_wanted=True)
    a_month_later()
    assert runs.ask([Scenario.CRASH], AskedBy.OWNER)
    assert not monthly.ask_if_due()
    run = runs.under_way()
    assert run
    runs.take_up(run.id)
    runs.end_with(run.id, verdict())
    assert monthly.ask_if_due()


def test_of_many_processes_one_asks_for_it(app: Flask, still_clock: None) -> None:
    monthly.want(is_wanted=True)
    a_month_later()
    assert together(app, monthly.ask_if_due, monthly.ask_if_due).count(True) == 1
    assert len(runs.newest()) == 1


def test_the_owner_is_told_that_it_passed(still_clock: None) -> None:
    run_id = the_months_run()
    runs.end_with(run_id, verdict())
    assert told() == [("The monthly drill passed: every promise was kept", f"{PAGE}/{run_id}")]


def test_the_owner_is_told_that_it_failed(still_clock: None) -> None:
    runs.end_with(the_months_run(), verdict(Promise.NEVER_TWICE))
    assert told()[0][0] == "The monthly drill failed: a promise was broken"


def test_the_owner_is_told_that_it_could_not_be_carried_out(still_clock: None) -> None:
    runs.end_without(the_months_run(), "No space left on device")
    assert told()[0][0] == "The monthly drill could not be carried out"


def test_the_owner_is_told_that_it_broke_off(still_clock: None) -> None:
    the_months_run()
    clock.freeze(clock.now() + timedelta(seconds=SILENT_FOR + 1))
    runs.end_silent()
    assert told()[0][0] == "The monthly drill broke off"
    assert runs.newest()[0].state is Run.BROKEN_OFF


def test_of_one_that_was_started_by_hand_no_letter_is_written(still_clock: None) -> None:
    runs.ask([Scenario.CRASH], AskedBy.OWNER)
    run = runs.under_way()
    assert run
    runs.take_up(run.id)
    runs.end_with(run.id, verdict())
    assert told() == []


def test_the_letter_names_it(app: Flask, still_clock: None) -> None:
    runs.end_with(the_months_run(), verdict())
    assert owner_notices.gather("at-once", app.config["SETTINGS"].time_zone) == 1
