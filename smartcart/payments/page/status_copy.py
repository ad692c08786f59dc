"""What the payment page tells, by state: the same words are seen and announced.

A page that waits for an answer says so by itself, for nobody else can: its words are made here, too, and carried along.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from smartcart.payments.page import copy
from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.payment_states import AT_REST, OPEN, Money, State

# Money counts as under way a little before an automatic retry is due, in seconds: a page takes so long to be seen.
BEFORE_A_RETRY = 0.3


@dataclass(frozen=True)
class Told:
    """A heading, and the sentences under it."""

    heading: str
    lines: tuple[str, ...]

    @property
    def announced(self) -> str:
        """All of it in one breath."""
        return " ".join([self.heading if self.heading[-1] in ".!?" else f"{self.heading}.", *self.lines])


class Press(StrEnum):
    """What a page has sent, or sees coming by itself, and has not heard of yet; named as the page's forms are."""

    PAY = "pay"
    CANCEL = "cancel"
    EXTEND = "extend"
    ABANDON = "abandon"
    LOOK = "look"
    LETTER = "letter"
    TIME = "time"
    RETRY = "retry"


NOT_AGAIN = "Please don't pay again; this page tells you as soon as we know."
SENT = {
    Press.PAY: Told("Your payment is on its way", ("It was sent, and nobody knows yet what became of it.", NOT_AGAIN)),
    Press.CANCEL: Told(
        "Your wish to cancel is on its way", ("It was sent, and nobody knows yet whether it came in time.", NOT_AGAIN)
    ),
    Press.EXTEND: Told("Asking for more time", ("It was sent, and nobody knows yet whether it arrived.",)),
    Press.ABANDON: Told(
        "Taking the question back from your bank", ("It was sent, and nobody knows yet what your bank did.", NOT_AGAIN)
    ),
    Press.LOOK: Told("Asking what your bank said", ("Nobody knows yet whether money was taken.", NOT_AGAIN)),
    Press.LETTER: Told("Asking for a letter", ("It was sent, and nobody knows yet whether it arrived.", NOT_AGAIN)),
    Press.TIME: Told("Time is over", ("We are making sure that no money can be taken any more.",)),
    Press.RETRY: Told(
        "We are trying again",
        ("The payment is on its way once more, and nobody knows yet what became of it.", NOT_AGAIN),
    ),
}
# The same for the page's banner, by where the money is: nobody is told not to pay again who has not paid.
OFFLINE = {
    Money.NOT_TAKEN: "The connection to the shop is gone. Nothing can be paid until it is back; this page then goes on"
    " by itself.",
    Money.CHECKING: "The connection to the shop is gone. Please don't pay again: when it is back, this page shows by"
    " itself where your money is.",
    Money.RESERVED: "The connection to the shop is gone. Please don't pay again: your bank has set the sum aside. When"
    " it is back, this page shows by itself what became of it.",
    Money.TAKEN: "The connection to the shop is gone. When it is back, this page goes on by itself.",
}
ONLINE = "The connection to the shop is back."

LOST = {
    Press.PAY: "Your press on Pay has not reached us, and no payment was begun by it. Press it again if you still want"
    " to pay.",
    Press.CANCEL: "Your wish to cancel has not reached us. Press it again if you still want to cancel.",
    Press.EXTEND: "Your wish for more time has not reached us. Press it again if you still need more.",
    Press.ABANDON: "Your wish to pay another way has not reached us. Press it again if you still want to.",
    Press.LETTER: "Your wish for a letter has not reached us. Press it again if you still want one.",
}
HELD_UNTIL = "You now have until {end}."


def announcement(
    session: Snapshot,
    now: datetime,
    zone: ZoneInfo,
    is_readers_own: bool,
    usual_wait: Callable[[], float | None],
) -> Told:
    """What is so at this moment, for who reads it.

    `usual_wait` says how long checking usually takes, in seconds, if that is known.
    """
    if is_over(session, now):
        return Told(copy.HEADINGS[State.EXPIRED], (copy.CLOSING,))
    if tries_again(session, now):
        return SENT[Press.RETRY]
    lines = [copy.reason(session), copy.sentence(session, zone), copy.way_on(session, is_readers_own)]
    if session.state is State.CHECKING and not session.cancelling and (seconds := usual_wait()) is not None:
        lines.append(copy.USUAL_WAIT.format(time=_roughly(seconds)))
    lines.append(copy.letter_wanted(session))
    return Told(copy.heading(session), tuple(filter(None, lines)))


def is_over(session: Snapshot, now: datetime) -> bool:
    """Whether the time to pay has run out, and the gateway has not yet confirmed that nothing can be charged."""
    return session.state in AT_REST and not session.cancelling and session.expires_at <= now


def tries_again(session: Snapshot, now: datetime) -> bool:
    """Whether an automatic retry may be under way already."""
    return session.retry_at is not None and retries_in(session.retry_at, now) <= 0


def retries_in(retry_at: datetime, now: datetime) -> float:
    """Seconds until money counts as under way again by itself."""
    return (retry_at - now).total_seconds() - BEFORE_A_RETRY


def lost(session: Snapshot, pressed: str, attempts: int | None, version: int | None) -> str:
    """What to say of a press without an answer, now that the page could be shown again; empty if it has arrived.

    `attempts` and `version` are the session's as the page showed it when that was pressed.
    """
    if session.state not in OPEN:
        return ""
    at_rest = session.state in AT_REST and not session.cancelling
    has_not_arrived = {
        Press.PAY: at_rest and session.attempts == attempts,
        Press.CANCEL: not session.cancelling,
        Press.EXTEND: session.version == version,
        Press.ABANDON: session.state is State.ACTION_REQUIRED and not session.cancelling,
        Press.LETTER: session.state is State.CHECKING and session.letter_wanted_at is None,
    }
    return LOST[Press(pressed)] if has_not_arrived.get(pressed) else ""  # type: ignore[call-overload]  # a Press is a str


def _roughly(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes <= 90 else f"{math.ceil(minutes / 60)} hours"
