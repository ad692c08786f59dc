"""The letters of the drilled shop, as it kept them: in its books, and as files that a person would read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, func, or_, select
from sqlalchemy.orm import Session

from smartcart.drill.letters import Mail
from smartcart.mail.message import name_of
from smartcart.outbox.models import Effect, Fate
from smartcart.rules import patience


def mails(engine: Engine, folder: Path) -> list[Mail]:
    """All that were written, in the order in which they were asked for; what there was no need of any more was not."""
    was_written = or_(Effect.fate != Fate.WITHDRAWN, Effect.message.is_not(None))
    with Session(engine) as session:
        written = session.scalars(select(Effect).where(was_written).order_by(Effect.id))
        return [_read(effect, folder / f"{name_of(effect)}.eml") for effect in written]


def waiting(engine: Engine) -> int:
    """How many are still to be carried out."""
    return _number(engine, Effect.due_at.is_not(None))


def at_hand(engine: Engine, now: datetime) -> int:
    """How many are due, or were claimed a moment ago: what is put off is seldom so for as long as a claim lasts."""
    claim = timedelta(seconds=patience.CARRYING_OUT)
    return _number(engine, or_(Effect.due_at <= now, Effect.due_at.between(now + claim / 2, now + claim)))


def _number(engine: Engine, which: ColumnElement[bool]) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).where(which)) or 0


def _read(effect: Effect, file: Path) -> Mail:
    told = (effect.kind, effect.session_id, effect.fate)
    if effect.message is None or effect.made_at is None:
        return Mail(*told, 0.0, 0.0, (), problem=effect.problem or "was not made")
    made_at = effect.made_at.timestamp()
    if effect.fate is not Fate.KEPT:
        return Mail(*told, made_at, made_at, (), problem=f"is {effect.fate}, where it was to be kept")
    if not file.exists() or file.read_bytes() != effect.message:
        return Mail(*told, made_at, made_at, (), problem=f"is not what is in {file.name}")
    return Mail(*told, made_at, file.stat().st_mtime, tuple(_parts(effect.message)))


def _parts(message: bytes) -> Iterator[str]:
    """The subject, the text and the HTML."""
    mail: EmailMessage = message_from_bytes(message, policy=policy.default)
    yield mail["Subject"]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield part.get_content()
