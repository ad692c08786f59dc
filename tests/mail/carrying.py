"""Letters that are due are carried out here and now, and what became of them is looked up."""

from flask import current_app

from smartcart.database.session import db
from smartcart.mail import threads
from smartcart.outbox import effects
from smartcart.outbox.models import Effect
from smartcart.work_queue import WorkQueue


def carry_out() -> int:
    """All that is due now, on the threads that a shop has; returns how many rows."""
    return WorkQueue(threads.worker(current_app._get_current_object()).due()).finish(1.0)  # type: ignore[attr-defined]


def letters(session_id: str) -> list[Effect]:
    db.session.rollback()
    db.session.expire_all()
    return list(effects.of_session(session_id))


def letter(session_id: str) -> Effect:
    """The only one of a session."""
    [found] = letters(session_id)
    return found
