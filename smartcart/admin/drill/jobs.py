"""What a process with a timetable does for drills: it takes one up that was asked for, and starts the month's."""

import logging
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

from flask import Flask

from smartcart.admin.drill import child, copy_database, copying, monthly, runs
from smartcart.database import faults
from smartcart.rules.drills import Run, Scenario

log = logging.getLogger(__name__)

# Who has pressed waits for so long at most until it begins, in seconds. A look reads two tables of a few rows.
TICK = 2.0


def attend(app: Flask) -> int:
    """Take up what was asked for; returns how many drills, one at most. It is carried out in a thread of its own."""
    monthly.ask_if_due()
    run = runs.under_way()
    if run is None:
        return 0
    if runs.shown_state(run) is not run.state:
        runs.end_silent()
    elif run.state is Run.ASKED and runs.take_up(run.id):
        wanted = [Scenario(word) for word in run.scenarios.split()]
        Thread(target=partial(_carry_out, app, run.id, wanted), name="carries out a drill", daemon=True).start()
        return 1
    return 0


def _carry_out(app: Flask, run_id: int, scenarios: list[Scenario]) -> None:
    with app.app_context():
        try:
            carry_out(run_id, scenarios)
        except Exception as error:
            log.exception("a drill broke off")
            _insist(partial(runs.end_without, run_id, f"{type(error).__name__}: {error}"))


def carry_out(run_id: int, scenarios: list[Scenario]) -> None:
    """To its end, or until it is over for others."""
    with (
        copy_database.for_copy(run_id) as database,
        child.carrying_out(copying.order(scenarios, database), child.CODE) as lines,
    ):
        for told in lines:
            if not _write_down(run_id, told):
                return


def _write_down(run_id: int, told: dict[str, Any]) -> bool:
    """Returns False when the drill is over."""
    if "result" in told:
        _insist(lambda: runs.end_with(run_id, told["result"]))
        return False
    if "problem" in told:
        _insist(lambda: runs.end_without(run_id, told["problem"]))
        return False
    return _insist(lambda: runs.heard(run_id, told.get("step", ""), told.get("number", 0), told.get("of", 0)))


def _insist(write: Callable[[], bool]) -> bool:
    """A database that is away for a moment ends no drill: the next word is written down, or it is over by silence."""
    try:
        return write()
    except Exception as error:
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)
        return True
