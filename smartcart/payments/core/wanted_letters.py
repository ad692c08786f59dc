"""Whether a letter was asked for that waits until payments work again, as the payment page says it."""

from flask import Flask
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.outbox.models import Effect, EffectKind, Fate


class WantedLetters:
    """Asks the outbox of an app; in any thread, within a request or without."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def has(self, session_id: str) -> bool:
        """Whether who ordered is to be written to once payments work again."""
        which = Effect.session_id == session_id, Effect.kind == EffectKind.PAYMENTS_WORK, Effect.fate == Fate.WAITING
        with self._app.app_context(), db.engine.connect() as connection:
            return connection.execute(select(Effect.id).where(*which).limit(1)).first() is not None
