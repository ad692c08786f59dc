"""The letters of the drilled shop: in its outbox, and where they have come to, as a person would read them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from sqlalchemy import ColumnElement, Engine, func, or_, select
from sqlalchemy.orm import Session

from smartcart.drill.letters import Mail
from smartcart.mail.message import name_of
from smartcart.outbox.models import Effect, Fate
from smartcart.rules import patience

# What was under way when the shop was killed, a busy machine may hand over so much later, in seconds. Nothing else
# comes as soon: a start takes the shop longer.
LATE = 0.5
# Another letter, or none, has taken the place of these: it may have arrived before that, and must have been true then.
REPLACED = {Fate.SUPERSEDED, Fate.WITHDRAWN}


@dataclass(frozen=True)
class Copy:
    """A letter where it has come to, byte for byte, and when by the machine's clock, in seconds since 1970."""

    message: bytes
    at: float


class Mailbox(Protocol):
    """Where letters come to, each by its name; `fate` is what the outbox says of one that has."""

    @property
    def fate(self) -> Fate: ...

    def names(self) -> Collection[str]: ...

    def copies(self, name: str) -> Sequence[Copy]: ...


@dataclass(frozen=True)
class Folder:
    """Where a shop without a mail server keeps them."""

    path: Path
    fate: Fate = Fate.KEPT

    def names(self) -> Collection[str]:
        return [file.stem for file in self.path.glob("*.eml")]

    def copies(self, name: str) -> Sequence[Copy]:
        file = self.path / f"{name}.eml"
        return [Copy(file.read_bytes(), file.stat().st_mtime)] if file.exists() else []


def mails(engine: Engine, mailbox: Mailbox, killed_at: Collection[float] = ()) -> list[Mail]:
    """All that were written, in the order in which they were asked for, and then those that nobody has asked for; what
    there was no need of any more was not. `killed_at` is when the shop was killed, in seconds since 1970."""
    with Session(engine) as session:
        effects = list(session.scalars(select(Effect).order_by(Effect.id)))
    read = [_read(effect, mailbox, killed_at) for effect in effects if _is_there(effect, mailbox)]
    return [*read, *map(_unasked, sorted(set(mailbox.names()) - set(map(name_of, effects))))]


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


def _is_there(effect: Effect, mailbox: Mailbox) -> bool:
    return effect.fate not in REPLACED or bool(mailbox.copies(name_of(effect)))


def _read(effect: Effect, mailbox: Mailbox, killed_at: Collection[float]) -> Mail:
    told = (effect.kind, effect.session_id, effect.fate)
    copies = mailbox.copies(name_of(effect))
    problem = _problem(effect, mailbox.fate, copies, killed_at)
    made_at = effect.made_at.timestamp() if effect.made_at else 0.0
    if problem or effect.message is None:
        return Mail(*told, made_at, made_at, (), problem)
    return Mail(*told, made_at, copies[0].at, tuple(_parts(effect.message)))


def _problem(effect: Effect, fate: Fate, copies: Sequence[Copy], killed_at: Collection[float]) -> str:
    """Why it cannot be read, or has not come as it should have."""
    if effect.message is None or effect.made_at is None:
        return effect.problem or "was not made"
    if effect.fate not in {fate, *REPLACED}:
        return f"is {effect.fate}, where it was to be {fate}"
    if not copies:
        return f"is {effect.fate}, and has not come"
    if any(copy.message != effect.message for copy in copies):
        return "has come as another than is on record"
    return "has come twice" if _too_many(copies, killed_at) else ""


def _too_many(copies: Sequence[Copy], killed_at: Collection[float]) -> bool:
    """A shop that was killed in between may not know that its letter has come, and sends the same bytes again."""
    return not all(
        any(first.at - LATE <= killed <= second.at for killed in killed_at) for first, second in pairwise(copies)
    )


def _unasked(name: str) -> Mail:
    return Mail(name, "of nobody", Fate.DELIVERED, 0.0, 0.0, (), "has come, and is not in the outbox")


def _parts(message: bytes) -> Iterator[str]:
    """The subject, the text and the HTML."""
    mail: EmailMessage = message_from_bytes(message, policy=policy.default)
    yield mail["Subject"]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield part.get_content()
