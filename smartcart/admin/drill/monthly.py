"""Drills that come by themselves, once a month where that is wanted, whoever of many processes notices first."""

from sqlalchemy import delete, select, update

from smartcart import clock
from smartcart.admin.drill import runs
from smartcart.admin.drill.models import MonthlyDrill
from smartcart.database.session import db, execute, writing
from smartcart.database.upsert import insert_new
from smartcart.rules.drills import MONTH, AskedBy, Scenario, next_month

ONE = 1


def next_one() -> MonthlyDrill | None:
    """None where none is wanted."""
    return db.session.get(MonthlyDrill, ONE, populate_existing=True)


def want(is_wanted: bool) -> None:
    """The first comes in a month; who wants one now presses for it."""
    with writing():
        if is_wanted:
            insert_new(MonthlyDrill, id=ONE, due_at=clock.now() + MONTH)
        else:
            execute(delete(MonthlyDrill))


def ask_if_due() -> bool:
    """Whether one was asked for now. While another one runs the month's waits for its end."""
    db.session.rollback()
    due_at = db.session.scalar(select(MonthlyDrill.due_at))
    now = clock.now()
    if due_at is None or due_at > now:
        return False
    next_due = update(MonthlyDrill).where(MonthlyDrill.due_at == due_at).values(due_at=next_month(due_at, now))
    with writing():
        return runs.ask_within(list(Scenario), AskedBy.MONTH) and bool(execute(next_due).rowcount)
