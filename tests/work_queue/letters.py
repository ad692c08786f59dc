"""Letters: rows of a real table that has all that a queue needs."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.work_queue import Claim, Kind
from tests.payments.opened import NOW

LEASE, LONGEST, INTERVAL = 30.0, 600.0, 5.0
# What is waited for that must come; and a tick that must not be what brought it. In seconds.
LIMIT, NEVER = 20.0, 600.0


def letters(attend: Callable[[Claim], Future[None] | None] = lambda claim: None, room: int = 8, **more: Any) -> Kind:
    """Rows of a real table that has all that a queue needs, as letters that are to be sent to their `subject`."""
    return Kind(GatewayEvent, attend, lambda: room, LEASE, LONGEST, **more)


def write(number: int, receiver: str = "ada", due_in: float = 0.0, kind: str = "letter") -> list[str]:
    """So many letters, the first the oldest; returns their ids."""
    rows = [
        {
            "id": f"{kind} {each} to {receiver}",
            "kind": kind,
            "subject": receiver,
            "reference": "",
            "claimed_session": "",
            "happened_at": NOW,
            "received_at": NOW,
            "body": "",
            "fate": Fate.WAITING,
            "due_at": clock.now() + timedelta(seconds=due_in, microseconds=each - number),
        }
        for each in range(number)
    ]
    with writing():
        db.session.execute(insert(GatewayEvent), rows)
    return [str(row["id"]) for row in rows]


def letter(letter_id: str) -> GatewayEvent:
    db.session.rollback()
    return db.session.get_one(GatewayEvent, letter_id, populate_existing=True)


def ids(claims: Sequence[Claim]) -> list[str]:
    return [claim.id for claim in claims]
