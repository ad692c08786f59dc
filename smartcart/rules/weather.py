"""What the weather at the gateway is: fair, slow or out, by what the last attempts of all shoppers met there.

What counts is silence, whatever it looks like: out of reach, no answer in time, a fault of the gateway's own. An answer
is an answer, and a decline is one. All durations are in seconds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from smartcart.rules.outcomes import Interruption

# Weather is of now: what was met earlier is history. A gateway that hangs takes 30 s of that to be known.
LASTS = timedelta(minutes=5)
# So many of the newest sessions are judged by: a busy shop knows within seconds, and half of 20 is no accident. Those
# that hang come on top: while a gateway hangs they are the newest of all, and of a busy shop more than these.
SESSIONS = 20
# Below these it may be one shopper with a bad line, or one who tries things out: of a shop with fewer payments each
# speaks for itself.
LEAST_SESSIONS, LEAST_SHOPPERS = 5, 3
# One in two unanswered, and paying is a lottery that nobody should be sent into. One in four late or unanswered is
# worth a word; it is fair again only at one in ten, so that the word does not come and go.
OUT, SLOW, STILL_SLOW = 1 / 2, 1 / 4, 1 / 10
# A charge is usually answered within two seconds; one that is under way for so long hangs.
HANGS = 6.0
# So many answers in a row end an outage. Where that was too early lately it takes twice as many, up to some minutes of
# probes every 3 s: a gateway may answer questions and charge nothing.
ANSWERS, MOST_ANSWERS = 3, 96
RELAPSE = timedelta(minutes=10)
# Orders are kept while payments are out, and so long after they were opened at most: others wait for the stock.
KEPT_AT_MOST = timedelta(days=1)


class Weather(StrEnum):
    FAIR = "fair"
    SLOW = "slow"
    OUT = "out"


class Met(StrEnum):
    """What an attempt met at the gateway."""

    ANSWER = "answer"
    SILENCE = "silence"
    HANGS = "hangs"


class Tried(NamedTuple):
    """What the attempt of a shopper's session met."""

    session: str
    shopper: str
    met: Met


class Reading(NamedTuple):
    """How many of the last sessions were answered, met silence, or hang; `shoppers` had trouble, and `silenced` of them
    met silence."""

    answered: int = 0
    silent: int = 0
    hanging: int = 0
    shoppers: int = 0
    silenced: int = 0

    @property
    def number(self) -> int:
        return self.answered + self.silent + self.hanging


SILENCE = frozenset({Interruption.TIMEOUT, Interruption.NETWORK_ERROR, Interruption.GATEWAY_ERROR})


def met(interruption: Interruption | None, is_under_way: bool, lasts: float) -> Met | None:
    """What an attempt has met that left the house; None while that is not known yet, or where we broke down ourselves.

    `is_under_way` is while its call is out, which `lasts` for so long.
    """
    if interruption in SILENCE:
        return Met.SILENCE
    if is_under_way:
        return Met.HANGS if lasts >= HANGS else None
    return None if interruption is Interruption.CRASH else Met.ANSWER


def reading(newest_first: Iterable[Tried]) -> Reading:
    """What the last sessions met, each by its newest attempt; and which of those that are no older hang."""
    last: dict[str, Tried] = {}
    known = 0
    for tried in newest_first:
        if known == SESSIONS:
            break
        if tried.session not in last:
            last[tried.session] = tried
            known += tried.met is not Met.HANGS
    by = {met: [each for each in last.values() if each.met is met] for met in Met}
    silenced = {each.shopper for each in by[Met.SILENCE]}
    return Reading(
        len(by[Met.ANSWER]),
        len(by[Met.SILENCE]),
        len(by[Met.HANGS]),
        len(silenced | {each.shopper for each in by[Met.HANGS]}),
        len(silenced),
    )


def weather(read: Reading, before: Weather) -> Weather:
    """What the weather is by the last sessions, and was before. An outage is not ended by them, but by probes."""
    if before is Weather.OUT:
        return Weather.OUT
    has_answer = read.answered + read.silent
    if read.silent >= LEAST_SESSIONS and read.silenced >= LEAST_SHOPPERS and read.silent >= OUT * has_answer:
        return Weather.OUT
    trouble = read.silent + read.hanging
    if before is Weather.SLOW:
        return Weather.SLOW if trouble > STILL_SLOW * read.number else Weather.FAIR
    is_enough = trouble >= LEAST_SESSIONS and read.shoppers >= LEAST_SHOPPERS
    return Weather.SLOW if is_enough and trouble >= SLOW * read.number else Weather.FAIR


def relapses(before: int, back_at: datetime | None, now: datetime) -> int:
    """How often in a row an outage came back, with the one that begins now; `back_at` is when the last one ended."""
    return before + 1 if back_at is not None and back_at <= now < back_at + RELAPSE else 0


def answers_needed(relapses: int) -> int:
    """How many answers in a row end an outage."""
    return min(ANSWERS << min(relapses, 10), MOST_ANSWERS)
