"""Carries letters out: each is made anew just before its first byte goes out, and so is true when it is sent."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import get_ident

from smartcart import clock
from smartcart.database.session import db
from smartcart.mail import (
    asking,
    message,
    ordered_before,
    owner,
    payments_work,
    receipt,
    refund,
    reminders,
    sent,
    smtp,
    unpaid,
    unsubscribed,
)
from smartcart.mail.letter import Letter
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind, Fate
from smartcart.outbox.worker import Carried, LostClaim, NotAnyMore, Undelivered
from smartcart.payments.core.runtime import runtime
from smartcart.work_queue import Claim

# What makes the letter of each kind of row, as its session stands at that moment. They raise NotAnyMore where there is
# nothing to write any more, and Undelivered where there is not yet.
LETTERS: dict[str, Callable[[Effect], Letter]] = {
    EffectKind.RECEIPT: receipt.compose,
    EffectKind.LATE_MONEY: receipt.compose_late,
    EffectKind.OUTCOME: unpaid.compose,
    EffectKind.INTERRUPTED: unpaid.compose,
    EffectKind.NOTHING_TAKEN: unpaid.compose,
    EffectKind.NEVER_TRIED: unpaid.compose,
    EffectKind.HELD: unpaid.compose,
    EffectKind.RELEASED: unpaid.compose,
    EffectKind.PAYMENTS_WORK: payments_work.compose,
    EffectKind.ORDERED_BEFORE: ordered_before.compose,
    EffectKind.REFUND_REQUESTED: refund.compose,
    EffectKind.REFUND_MADE: refund.compose,
    EffectKind.REFUND_FAILED: refund.compose,
    EffectKind.SENT: sent.compose,
    EffectKind.OWNER: owner.compose,
}
# Which of them say nothing of where a payment stands, so that no gateway is asked first.
ASKED_OF_NOBODY: frozenset[str] = frozenset({EffectKind.OWNER})
ENOUGH = "the address has had enough letters of the kind today"
WANTS_NONE = "whoever it is for wants no letters that are not needed"


class _NoLongerTrue(Exception):
    """What may have arrived already says something else than is so now."""


def carry(claim: Claim, effect: Effect) -> Carried:
    """Send the letter of a row, or keep it where there is no mail server.

    Raises Undelivered, NotAnyMore, or LostClaim.
    """
    server = smtp.server_of(runtime().settings)
    try:
        if server is None:
            return _keep(claim, effect)
        return _send(server, claim, effect)
    except _NoLongerTrue:
        effects.write_again(effect)
        return Carried(Fate.SUPERSEDED)


def folder() -> Path:
    """Where mails are kept as files, too."""
    path: Path = runtime().settings.data / "mail"
    return path


def _send(server: smtp.MailServer, claim: Claim, effect: Effect) -> Carried:
    letter, may_have_arrived = _composed(effect), effect.message is not None
    db.session.rollback()  # no transaction is open while the server is spoken to
    try:
        smtp.deliver(server, message.sender_of(letter), letter.to, partial(_made_now, claim, effect))
    except Undelivered as failure:
        failure.nothing_arrived = failure.nothing_arrived and not may_have_arrived
        raise
    return Carried(Fate.DELIVERED)


def _keep(claim: Claim, effect: Effect) -> Carried:
    """In the row, where the admin shows it, and as a file. Raises Undelivered, NotAnyMore, or LostClaim.

    The file gets its name while the row is held: so both are of whoever has the claim, however late another comes.
    """
    letter, now = _asked_for(effect), clock.now()
    mail = message.write(letter, effect, now)
    path = folder() / f"{message.name_of(effect)}.eml"
    try:
        draft = _write_draft(path, mail)
        if not effects.keep_message(claim, mail, now, lambda: draft.replace(path)):
            draft.unlink()
            raise LostClaim
    except OSError as error:
        raise Undelivered(f"{path} cannot be written: {error.strerror}") from error
    return Carried(Fate.KEPT)


def _made_now(claim: Claim, effect: Effect) -> bytes:
    """The bytes to send now, which are on record from here on.

    Raises _NoLongerTrue, Undelivered, NotAnyMore, or LostClaim.

    What may have arrived is sent again as it was, as long as it is what would be written of that moment now.
    """
    letter, now = _asked_for(effect), clock.now()
    if effect.message is not None and effect.made_at is not None:
        if message.write(letter, effect, effect.made_at) != effect.message:
            raise _NoLongerTrue
        now, made = effect.made_at, effect.message
    else:
        made = message.write(letter, effect, now)
    if not effects.keep_message(claim, made, now):
        raise LostClaim
    return made


def _asked_for(effect: Effect) -> Letter:
    """What is to be said at this moment, of what the gateway says. Raises Undelivered, or NotAnyMore."""
    if effect.kind not in ASKED_OF_NOBODY:
        asking.ask_first(effect.session_id)
    letter = _composed(effect)
    if not letter.is_needed and reminders.is_one_too_many(message.name_of(effect), unsubscribed.hash_of(letter.to)):
        raise NotAnyMore(ENOUGH)
    return letter


def _composed(effect: Effect) -> Letter:
    """As it is on record. Raises Undelivered, or NotAnyMore: also where it is not needed, and not wanted."""
    letter = LETTERS[effect.kind](effect)
    db.session.rollback()
    if not letter.is_needed and unsubscribed.wants_none(unsubscribed.hash_of(letter.to)):
        raise NotAnyMore(WANTS_NONE)
    return letter


def _write_draft(path: Path, mail: bytes) -> Path:
    """What is to be at `path`, whole, and for nobody else on this machine; returns where it lies until then."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}-{get_ident()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(mail)
    return draft
