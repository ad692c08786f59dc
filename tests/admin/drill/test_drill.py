"""The drill in the admin: asked for, one at a time, watched, and read with its evidence."""

from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.admin.drill import runs
from smartcart.rules.drills import SILENT_FOR, TAKEN_UP_WITHIN, AskedBy, Promise, Run, Scenario
from tests.admin.browser import AdminBrowser
from tests.admin.drill.parts import verdict
from tests.payments.opened import NOW

PAGE = "/admin/drill"


def asked(*scenarios: Scenario) -> int:
    """The id of a drill that was asked for."""
    assert runs.ask(scenarios or [Scenario.LOST_REPLY], AskedBy.OWNER)
    run = runs.under_way()
    assert run
    return run.id


def running() -> int:
    """The id of one that was taken up."""
    run_id = asked()
    assert runs.take_up(run_id)
    return run_id


def test_nobody_outside_starts_one(somebody: AdminBrowser) -> None:
    assert somebody.get(PAGE).status_code == 303
    somebody.post(PAGE, {"scenario": "crash"})
    assert runs.under_way() is None


def test_every_scenario_is_offered_and_says_what_it_does(admin: AdminBrowser) -> None:
    page = admin.get(PAGE).text
    assert all(f'value="{scenario}"' in page for scenario in Scenario)
    assert "The mail server refuses every connection while people pay." in admin.read(PAGE)


def test_the_times_of_the_copy_stand_beside_the_shops_own(admin: AdminBrowser) -> None:
    told = admin.read(PAGE)
    assert "The gateway is waited for 4 s 1 s" in told
    assert "A payment is open 900 s 60 s" in told


def test_a_press_asks_for_what_was_chosen_and_leads_to_where_it_is_watched(admin: AdminBrowser) -> None:
    answer = admin.post(PAGE, {"scenario": ["crash", "lost_reply", "no such thing"]})
    run = runs.under_way()
    assert run
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/{run.id}")
    assert (run.state, run.scenarios, run.asked_by) == (Run.ASKED, "lost_reply crash", AskedBy.OWNER)
    assert "Begins in a moment" in admin.read(answer.location)


def test_who_chooses_nothing_is_told_so(admin: AdminBrowser) -> None:
    answer = admin.post(PAGE)
    assert answer.status_code == 422
    assert "Please choose at least one scenario." in answer.text
    assert runs.under_way() is None


def test_there_is_one_at_a_time(admin: AdminBrowser) -> None:
    first = asked()
    answer = admin.post(PAGE, {"scenario": "crash"})
    assert answer.status_code == 409
    assert "A drill is under way" in answer.text
    assert f'href="{PAGE}/{first}"' in answer.text
    assert len(runs.newest()) == 1


def test_one_process_takes_it_up(app: Flask) -> None:
    run_id = asked()
    assert runs.take_up(run_id)
    assert not runs.take_up(run_id)


def test_progress_is_shown_while_it_runs(admin: AdminBrowser) -> None:
    run_id = running()
    assert runs.heard(run_id, "lost_reply", 2, 4)
    page = admin.get(f"{PAGE}/{run_id}")
    assert "Lost reply: step 2 of 4" in page.text
    assert '<progress id="progress" max="4" value="2">' in page.text
    assert '<meta http-equiv="refresh"' in page.text
    assert admin.renew(page).status_code == 204
    runs.heard(run_id, "time_passes", 3, 4)
    assert "step 3 of 4" in admin.renew(page).text


def test_the_page_of_one_that_is_over_renews_itself_no_more(admin: AdminBrowser) -> None:
    run_id = running()
    page = admin.get(f"{PAGE}/{run_id}")
    runs.end_with(run_id, verdict())
    renewed = admin.renew(page).text
    assert "hx-get" not in renewed
    assert "Every promise was kept." in renewed
    assert 'http-equiv="refresh"' not in admin.get(f"{PAGE}/{run_id}").text


def test_a_verdict_is_shown_with_its_numbers_and_evidence(admin: AdminBrowser) -> None:
    run_id = running()
    assert runs.end_with(run_id, verdict())
    told = admin.read(f"{PAGE}/{run_id}")
    assert "Passed" in told
    assert "Counted: 3 answers that were lost." in told
    assert "Nothing was charged twice 3 charges Yes" in told
    assert "one Completed 1 Taken 1 receipt: taken" in told
    assert "Passed" in admin.read(PAGE)


@pytest.mark.parametrize("promise", Promise)
def test_a_broken_promise_fails_it_and_is_named_with_the_case(admin: AdminBrowser, promise: Promise) -> None:
    run_id = running()
    assert runs.end_with(run_id, verdict(promise))
    page = admin.get(f"{PAGE}/{run_id}").text
    assert 'data-state="failed"' in page
    assert f'data-promise="{promise}" data-kept="no"' in page
    assert page.count('data-kept="no"') == 1
    assert f"session one: &lt;b&gt;{promise}&lt;/b&gt;" in page
    assert "Failed" in admin.read(PAGE)


def test_one_that_could_not_be_carried_out_says_why(admin: AdminBrowser) -> None:
    run_id = running()
    assert runs.end_without(run_id, "The shop was not ready after 60 s.")
    told = admin.read(f"{PAGE}/{run_id}")
    assert "Not carried out" in told
    assert "The shop was not ready after 60 s." in told
    assert runs.under_way() is None


def test_one_whose_process_is_gone_is_shown_as_broken_off_and_gives_way(still_clock: None, admin: AdminBrowser) -> None:
    run_id = running()
    clock.freeze(NOW + timedelta(seconds=SILENT_FOR - 1))
    assert "Runs" in admin.read(f"{PAGE}/{run_id}")
    clock.freeze(NOW + timedelta(seconds=SILENT_FOR + 1))
    assert "Broken off" in admin.read(f"{PAGE}/{run_id}")
    assert "Broken off" in admin.read(PAGE)
    assert "watch it" not in admin.read(PAGE)
    assert admin.post(PAGE, {"scenario": "crash"}).status_code == 303
    assert [run.state for run in runs.newest()] == [Run.ASKED, Run.BROKEN_OFF]


def test_one_that_is_heard_of_goes_on(still_clock: None) -> None:
    run_id = running()
    clock.freeze(NOW + timedelta(seconds=SILENT_FOR - 1))
    assert runs.heard(run_id, "crash", 2, 4)
    clock.freeze(NOW + timedelta(seconds=SILENT_FOR + 1))
    runs.end_silent()
    assert runs.heard(run_id, "crash", 2, 4)


def test_one_that_nobody_takes_up_is_not_carried_out(still_clock: None, admin: AdminBrowser) -> None:
    run_id = asked()
    clock.freeze(NOW + timedelta(seconds=TAKEN_UP_WITHIN + 1))
    runs.end_silent()
    assert "`smartcart worker` must run" in admin.read(f"{PAGE}/{run_id}")
    assert not runs.take_up(run_id)


def test_who_has_broken_off_changes_nothing_any_more(still_clock: None) -> None:
    run_id = running()
    clock.freeze(NOW + timedelta(seconds=SILENT_FOR + 1))
    runs.end_silent()
    assert not runs.heard(run_id, "crash", 2, 4)
    assert not runs.end_with(run_id, verdict())
    assert runs.newest()[0].state is Run.BROKEN_OFF


def test_the_last_twenty_are_kept(app: Flask) -> None:
    ids = []
    for _ in range(runs.KEPT + 2):
        ids.append(running())
        runs.end_with(ids[-1], verdict())
    assert [run.id for run in runs.newest()] == ids[:1:-1]
