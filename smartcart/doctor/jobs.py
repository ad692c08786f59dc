"""Whether anybody does the jobs: what is due is carried out within seconds, by `serve` or by a worker."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all

from smartcart.database.session import db
from smartcart.doctor import Finding, ok, warning
from smartcart.outbox.models import Effect
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund

# What a busy shop is behind by in a rush is less; a worker that is started anew is back sooner.
BEHIND = timedelta(minutes=2)


def oldest_due() -> datetime | None:
    """Since when the oldest has been due of what is waiting: payments, refunds and letters."""
    moments = [
        select(func.min(each.due_at).label("due_at")).where(each.due_at.is_not(None))
        for each in (PaymentSession, Refund, Effect)
    ]
    due = union_all(*moments).subquery()
    found: datetime | None = db.session.scalar(select(func.min(due.c.due_at)))
    return found


def check(due_at: datetime | None, now: datetime) -> Finding:
    if due_at is None or now - due_at < BEHIND:
        return ok("jobs", "Nothing is behind: payments, refunds and letters that are due are attended to.")
    minutes = (now - due_at).total_seconds() / 60
    found = f"A payment, a refund or a letter was due {minutes:.0f} minutes ago, and nobody attends to it."
    return warning(
        "jobs", found, "Start the shop, or `smartcart worker` beside pages with --no-schedule; then see the log."
    )
