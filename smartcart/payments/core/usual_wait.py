"""How long it usually takes until it is known what became of a payment in the dark: from the shop's own figures."""

import math
import time
from collections.abc import Sequence

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db
from smartcart.payments.core.models import Attempt
from smartcart.rules.outcomes import OutcomeKind

# So many of the newest attempts are looked at: a question that costs the same however large the books are.
NEWEST = 1000
# Fewer than these are no habit.
FEWEST = 5
# What is said is true of nine in ten.
SHARE = 0.9
# Asked anew so often, in seconds: it changes slowly, and a crowd in the dark must not ask each for itself.
KEPT_FOR = 300.0


class UsualWait:
    """Asks the books of an app, now and then; in any thread, within a request or without."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._answer: float | None = None
        self._asked_at = -math.inf

    def __call__(self) -> float | None:
        """Seconds from the press to the answer within which nine in ten were known; None if there are too few."""
        if time.monotonic() - self._asked_at >= KEPT_FOR:
            self._asked_at, self._answer = time.monotonic(), self._ask()
        return self._answer

    def _ask(self) -> float | None:
        newest = select(Attempt).order_by(Attempt.id.desc()).limit(NEWEST).subquery()
        in_the_dark = select(newest.c.begun_at, newest.c.settled_at).where(
            newest.c.interruption.is_not(None),
            newest.c.settled_at.is_not(None),
            newest.c.outcome != OutcomeKind.UNREACHABLE,  # of these it is known at once that nothing was taken
        )
        try:
            with self._app.app_context(), db.engine.connect() as connection:
                rows = connection.execute(in_the_dark).all()
        except SQLAlchemyError:  # the page says nothing of it, then
            return None
        return nine_in_ten(sorted((settled - begun).total_seconds() for begun, settled in rows))


def nine_in_ten(durations: Sequence[float]) -> float | None:
    """Of durations in their order the one that nine in ten do not exceed; None of too few."""
    return durations[math.ceil(SHARE * len(durations)) - 1] if len(durations) >= FEWEST else None
