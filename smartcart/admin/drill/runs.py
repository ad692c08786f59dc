"""The rows of drills: asked for, taken up by one process, heard of, and ended. Each change is a conditional update."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select, update

from smartcart import clock
from smartcart.admin.drill.models import DrillRun
from smartcart.database.session import db, execute, writing
from smartcart.database.upsert import insert_new
from smartcart.outbox import owner_notices
from smartcart.rules.drills import AskedBy, CopyOn, Run, Scenario, as_it_is
from smartcart.rules.owner_letters import Subject

# So many are kept; one was asked for each month, or in a row by somebody who mends something.
KEPT = 20
# The one that is under way has it.
SLOT = 1
LONGEST_PROBLEM = 500
BROKE_OFF = "The process that carried it out is gone: it was ended, or the shop was."
NOBODY_CAME = "No process of the shop took it up: `smartcart worker` must run, or `smartcart serve` with its schedule."
# What a letter says of one that the owner has not watched.
TOLD = {
    Run.PASSED: "The monthly drill passed: every promise was kept",
    Run.FAILED: "The monthly drill failed: a promise was broken",
    Run.BROKEN_OFF: "The monthly drill broke off",
    Run.NOT_CARRIED_OUT: "The monthly drill could not be carried out",
}


def ask(scenarios: Iterable[Scenario], by: AskedBy) -> bool:
    """Ask for a drill. Returns False when one is under way."""
    with writing():
        return ask_within(scenarios, by)


def ask_within(scenarios: Iterable[Scenario], by: AskedBy) -> bool:
    """The same, in the transaction that is open."""
    _end_silent()
    now = clock.now()
    words = {"scenarios": " ".join(scenarios), "state": Run.ASKED, "asked_by": by}
    return insert_new(DrillRun, slot=SLOT, asked_at=now, heard_at=now, **words)


def under_way() -> DrillRun | None:
    """The one that has been asked for or runs; also one of which nobody has heard for long."""
    db.session.rollback()
    return db.session.scalar(select(DrillRun).where(DrillRun.slot == SLOT))


def take_up(run_id: int) -> bool:
    """It is carried out from now on, by the one process to which this says True."""
    return _change(run_id, Run.ASKED, state=Run.RUNNING, heard_at=clock.now())


def heard(run_id: int, step: str, number: int, of: int) -> bool:
    """Whoever carries it out is there. Returns False when it is over all the same."""
    return _change(run_id, Run.RUNNING, heard_at=clock.now(), step=step, step_number=number, steps=of)


def makes_scratch(run_id: int, name: str) -> bool:
    """A database of this name is about to be made for it. Returns False when it is over."""
    return _change(run_id, Run.RUNNING, scratch=name)


def is_on(run_id: int, copy_on: CopyOn) -> bool:
    """Its copy is on such a database. Returns False when it is over."""
    return _change(run_id, Run.RUNNING, copy_on=copy_on)


def scratch_dropped(name: str) -> None:
    """There is no database of this name any more."""
    with writing():
        execute(update(DrillRun).where(DrillRun.scratch == name).values(scratch=""))


def scratch_left() -> Sequence[str]:
    """The names of databases that were made for drills which are over."""
    db.session.rollback()
    return db.session.scalars(select(DrillRun.scratch).where(DrillRun.slot.is_(None), DrillRun.scratch != "")).all()


def end_with(run_id: int, parts: Sequence[dict[str, object]]) -> bool:
    """It has a verdict: passed when each of its parts has."""
    state = Run.PASSED if all(part["passed"] for part in parts) else Run.FAILED
    return _end(run_id, state, result=list(parts))


def end_without(run_id: int, problem: str) -> bool:
    """It has none, as a machine or a setting did not let it be carried out."""
    return _end(run_id, Run.NOT_CARRIED_OUT, problem=problem[:LONGEST_PROBLEM])


def end_silent() -> None:
    """Write down that those are over of which nobody has heard for too long."""
    with writing():
        _end_silent()


def newest() -> Sequence[DrillRun]:
    return db.session.scalars(select(DrillRun).order_by(DrillRun.id.desc()).limit(KEPT)).all()


def shown_state(run: DrillRun) -> Run:
    """As it is now, whether or not that was written down."""
    return as_it_is(run.state, run.heard_at, clock.now())


def _end(run_id: int, state: Run, **values: object) -> bool:
    """Of one that runs; the oldest that are kept no longer go."""
    kept = select(DrillRun.id).order_by(DrillRun.id.desc()).limit(KEPT)
    with writing():
        ended = _end_within(run_id, Run.RUNNING, state, **values)
        execute(delete(DrillRun).where(DrillRun.id.not_in(kept), DrillRun.scratch == ""))
    return ended


def _end_silent() -> None:
    """Nobody else changes the row meanwhile: who is heard of at this moment has come too late, or has come in time."""
    now = clock.now()
    for run in db.session.scalars(select(DrillRun).where(DrillRun.slot == SLOT).with_for_update()):
        if (state := as_it_is(run.state, run.heard_at, now)) is not run.state:
            problem = NOBODY_CAME if state is Run.NOT_CARRIED_OUT else BROKE_OFF
            _end_within(run.id, run.state, state, problem=problem)


def _end_within(run_id: int, before: Run, state: Run, **values: object) -> bool:
    """In the transaction that is open, in which the owner is told, too."""
    values |= {"state": state, "slot": None, "ended_at": clock.now()}
    row = update(DrillRun).where(DrillRun.id == run_id, DrillRun.state == before)
    asked_by = execute(row.values(**values).returning(DrillRun.asked_by)).scalar()
    if asked_by is AskedBy.MONTH:
        owner_notices.write(Subject.DRILL, TOLD[state], f"/admin/drill/{run_id}")
    return asked_by is not None


def _change(run_id: int, before: Run, **values: object) -> bool:
    row = update(DrillRun).where(DrillRun.id == run_id, DrillRun.state == before)
    with writing():
        return bool(execute(row.values(**values)).rowcount)
