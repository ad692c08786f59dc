"""Who tries how much how fast, and what a rule does about it.

Who tests stolen cards tries many of them, for small sums, and most are declined:
https://docs.stripe.com/disputes/prevention/card-testing names these signs, and velocity by address, e-mail and card
against them. A rule counts what was seen before an attempt, in a window that slides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from itertools import chain, takewhile
from operator import or_
from typing import NamedTuple

from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.precautions import NO_PRECAUTION, Precaution

# The largest number that a rule may count to; of one shopper, e-mail, address or card so many times as much is looked
# at, the newest, so that an attack of a million costs no more than one of a thousand.
MOST, LOOKED_AT = 100, 5
# A window is a minute at least; and no longer than thirty days, which are looked back at for cards anyway.
SHORTEST, LONGEST = 60, 30 * 86400
# Of the whole shop the newest so many in the window are looked at, which is some milliseconds of work; and a rule needs
# so many times the declines that are usual there, besides its number.
OF_THE_SHOP, FAR_ABOVE = 1000, 5
# Looked at once in so long, at most, by each process: an attack is known as quickly, and a payment waits for nothing.
SHOP_KNOWN_FOR = timedelta(seconds=2)
# So many attempts tell what is usual, the newest of those before the window; fewer tell nothing.
TELLING, FEWEST = 5000, 50


class By(StrEnum):
    """What the attempts that a rule counts have in common with the one that begins."""

    SHOPPER = "shopper"
    EMAIL = "email"
    ADDRESS = "address"
    CARD = "card"
    SHOP = "shop"


class Measure(StrEnum):
    """What is counted. `SUM` is what was paid, with the attempt that begins, in the smallest units of its currency."""

    ATTEMPTS = "attempts"
    DECLINES = "declines"
    CARDS = "cards"
    DECLINED_CARDS = "declined_cards"
    SHOPPERS = "shoppers"
    COUNTRIES = "countries"
    SUM = "sum"


class Action(StrEnum):
    """What is done with an attempt that meets a rule, the weightiest last: what stops it outweighs what does not."""

    NOTE = "note"
    CONFIRM = "confirm"
    HOLD = "hold"
    SLOW = "slow"
    REFUSE = "refuse"

    @property
    def weight(self) -> int:
        return list(Action).index(self)

    @property
    def stops(self) -> bool:
        """Whether the attempt does not begin."""
        return self in (Action.SLOW, Action.REFUSE)

    @property
    def precaution(self) -> Precaution:
        """What the gateway is asked for besides charging."""
        return Precaution(confirm=self is Action.CONFIRM, set_aside=self is Action.HOLD)


class Sighting(NamedTuple):
    """An attempt as it is remembered; whatever is nobody's business as a keyed hash, and empty where it is not known.

    `amount` in minor units. `outcome` is None as long as nobody knows.
    """

    at: datetime
    shopper: str
    email: str
    address: str
    card: str
    amount: int
    currency: str
    country: str
    outcome: OutcomeKind | None = None
    code: str = ""

    @property
    def is_declined(self) -> bool:
        return self.outcome is OutcomeKind.DECLINED


# A rule that is met, and until when.
Met = tuple["Rule", datetime]


@dataclass(frozen=True)
class Rule:
    """It is met by an attempt before which so many (`number`) were counted `within` so many seconds.

    It looks at attempts of at least `smallest` and at most `largest` minor units, 0 being no limit, and at those that
    are delivered to one of `countries`, if any are named. `codes` are the declines that it counts, all without any.
    `share` in percent of what it looks at must have been declined. A rule for `strangers` leaves those alone who have
    paid before. `id` is its row's; 0 before it has one.
    """

    name: str
    by: By
    measure: Measure
    number: int
    within: int
    action: Action
    share: int = 0
    strangers: bool = False
    smallest: int = 0
    largest: int = 0
    countries: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    is_on: bool = True
    id: int = 0

    def covers(self, seen: Sighting) -> bool:
        """Whether it looks at an attempt at all."""
        fits = self.smallest <= seen.amount and (not self.largest or seen.amount <= self.largest)
        return fits and (not self.countries or seen.country in self.countries)

    @property
    def counts_declines(self) -> bool:
        return self.measure in (Measure.DECLINES, Measure.DECLINED_CARDS)

    def counts(self, seen: Sighting) -> bool:
        """Whether an attempt that it looks at is one of those that it counts."""
        if self.counts_declines:
            return seen.is_declined and (not self.codes or seen.code in self.codes)
        return seen.outcome is OutcomeKind.APPROVED if self.measure is Measure.SUM else True


class Judgement(NamedTuple):
    """What is done with an attempt, by which rules, and until when it has to wait, if it has to."""

    action: Action | None = None
    met: tuple[Rule, ...] = ()
    until: datetime | None = None

    @property
    def precaution(self) -> Precaution:
        """What all of the rules that were met ask the gateway for: none of them makes another one milder."""
        return reduce(or_, (rule.action.precaution for rule in self.met), NO_PRECAUTION)

    @property
    def reason(self) -> str:
        """For the owner: what is done, and which rules were met, the weightiest first; empty where none was."""
        return f"{self.action}: " + "; ".join(rule.name for rule in self.met) if self.met else ""


def judge(
    rules: Iterable[Rule],
    attempt: Sighting,
    before: Mapping[By, Sequence[Sighting]],
    is_stranger: Callable[[], bool],
    by_shop: Sequence[Met] = (),
) -> Judgement:
    """The weightiest of what the rules that are met ask for.

    `before` has what was seen, newest first, by what it has in common with the attempt; `is_stranger` is only asked
    when it matters, and `by_shop` are the rules that the whole shop meets now, whoever pays.
    """
    by_payer = (
        (rule, met_until(rule, attempt, before[rule.by]))
        for rule in rules
        if rule.by is not By.SHOP and (before[rule.by] or rule.measure is Measure.SUM)  # which counts the attempt too
    )
    by_all = ((rule, until) for rule, until in by_shop if rule.covers(attempt) and until > attempt.at)
    met = [
        (rule, until)
        for rule, until in chain(by_payer, by_all)
        if until is not None and not (rule.strangers and not is_stranger())
    ]
    if not met:
        return Judgement()
    met.sort(key=lambda each: each[0].action.weight, reverse=True)
    action = met[0][0].action
    slowed = max((until for rule, until in met if rule.action is Action.SLOW), default=None)
    return Judgement(action, tuple(rule for rule, _ in met), slowed if action is Action.SLOW else None)


def met_until(rule: Rule, attempt: Sighting, before: Sequence[Sighting]) -> datetime | None:
    """When an attempt that meets a rule would not meet it any more, if nothing else came; None where it does not."""
    return reached_until(rule, attempt, before) if rule.covers(attempt) else None


def reached_until(rule: Rule, attempt: Sighting, before: Sequence[Sighting], usual: float = 0.0) -> datetime | None:
    """The same, whether or not the rule looks at the attempt that begins; `usual` is a shop's declines a second."""
    if not rule.is_on:
        return None
    window = timedelta(seconds=rule.within)
    in_window = takewhile(lambda seen: attempt.at - seen.at < window, before)
    looked_at = [seen for seen in in_window if rule.covers(seen)]
    last = _reached(rule, attempt, looked_at, usual)
    if last is None or _share_declined(looked_at) < rule.share:
        return None
    return last.at + window


class Reach(NamedTuple):
    """How far back the rules that are on look at what has one thing in common, in seconds, and at how many of the
    newest; 0 for none. Where all of them count declines, none is met by fewer than `fewest_declines`; else that is 0.
    """

    within: int
    most: int
    fewest_declines: int


def reaches(rules: Iterable[Rule]) -> Mapping[By, Reach]:
    """The same of all things that attempts can have in common."""
    on = [rule for rule in rules if rule.is_on]
    return {by: _reach([rule for rule in on if rule.by is by]) for by in By}


def _reach(rules: Sequence[Rule]) -> Reach:
    most = max((MOST if rule.measure is Measure.SUM else rule.number for rule in rules), default=0)
    fewest = min((rule.number if rule.counts_declines else 0 for rule in rules), default=0)
    return Reach(max((rule.within for rule in rules), default=0), LOOKED_AT * most, fewest)


def usual_declines(number: int, declined: int, seconds: float) -> float:
    """Declines a second of a shop that had so many attempts in that time; 0 as long as they tell nothing."""
    return declined / max(1.0, seconds) if number >= FEWEST else 0.0


def _reached(rule: Rule, attempt: Sighting, looked_at: Sequence[Sighting], usual: float) -> Sighting | None:
    """The one that makes the number full, counted from the newest back: once it is out of the window, it is not."""
    number = max(rule.number, FAR_ABOVE * usual * rule.within) if rule.by is By.SHOP else rule.number
    if rule.measure is Measure.SUM:
        return _sum_reached(number, attempt, [seen for seen in looked_at if rule.counts(seen)])
    of_each = _KEYS.get(rule.measure)
    counted = set()
    for place, seen in enumerate(looked_at):
        key = of_each(seen) if of_each else place
        if key != "" and rule.counts(seen):
            counted.add(key)
        if len(counted) >= number:
            return seen
    return None


def _sum_reached(number: float, attempt: Sighting, paid: Iterable[Sighting]) -> Sighting | None:
    total, last = attempt.amount, attempt
    for last in (attempt, *(seen for seen in paid if seen.currency == attempt.currency)):
        total += 0 if last is attempt else last.amount
        if total >= number:
            return last
    return None


def _share_declined(looked_at: Sequence[Sighting]) -> float:
    """In percent; of those that are decided."""
    decided = [seen for seen in looked_at if seen.outcome]
    return 100 * sum(seen.is_declined for seen in decided) / len(decided) if decided else 0.0


_KEYS: dict[Measure, Callable[[Sighting], str]] = {
    Measure.CARDS: lambda seen: seen.card,
    Measure.DECLINED_CARDS: lambda seen: seen.card,
    Measure.SHOPPERS: lambda seen: seen.shopper,
    Measure.COUNTRIES: lambda seen: seen.country,
}
