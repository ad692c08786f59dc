"""What one payment adds to the figures: decided from what its trail tells, and from nothing else.

So it can be told what it added before it went on, and the figures are corrected by the difference, however late.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from smartcart.analytics.figures import Cell, Entry, Figure, Rescuer, Slice, Step
from smartcart.analytics.story import Line, Story
from smartcart.payments.core import kept_orders
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.record import AUTOMATIC_RETRY
from smartcart.payments.flow import gateway_calls
from smartcart.payments.page import resume
from smartcart.rules.distributions import counted_as
from smartcart.rules.payment_states import Move
from smartcart.rules.periods import Grain, day_of, first_day

# What shows that an attempt may have come to the gateway; what provably never did, or was taken back, shows it not.
_ARRIVED = {
    Move.APPROVED,
    Move.AUTHORIZED,
    Move.DECLINED,
    Move.ATTEMPTS_USED_UP,
    Move.ACTION_REQUIRED,
    Move.NO_ANSWER,
}
_RETRIES = {AUTOMATIC_RETRY: Rescuer.AUTOMATIC_RETRY, resume.ACTOR: Rescuer.RECOVERY_MAIL}
NO_CODE = "no code"


def contribution(story: Story | None, zone: ZoneInfo) -> Counter[Cell]:
    """What a payment adds to each cell, in days of that zone; nothing, before its first line."""
    if story is None:
        return Counter()
    entries = [*_way(story, zone), *_interruption(story, zone), *_attempts(story, zone), *_returns(story, zone)]
    if story.paid:
        entries += _payment(story, story.paid, zone)
    return _cells(entries)


def _way(story: Story, zone: ZoneInfo) -> Iterator[Entry]:
    steps = {
        Step.OPENED: True,
        Step.TRIED: bool(story.attempts),
        Step.AT_GATEWAY: any(line.move in _ARRIVED for line in story.lines),
        Step.PAID: story.paid is not None,
        Step.OPEN: story.is_open,
    }
    day, parts = day_of(story.opened.at, zone), story.parts()
    return (Entry(day, Figure.WAY, step, parts) for step, is_reached in steps.items() if is_reached)


def _interruption(story: Story, zone: ZoneInfo) -> Iterator[Entry]:
    """Once for each payment: by what came in between first."""
    for line in story.interruptions[:1]:
        yield Entry(day_of(line.at, zone), Figure.INTERRUPTED, str(line.interruption), story.parts())


def _attempts(story: Story, zone: ZoneInfo) -> Iterator[Entry]:
    """How long it took until each was known, and what banks declined them for."""
    for number, line in story.known.items():
        day, parts = day_of(line.at, zone), story.parts(number)
        waited = counted_as(line.at - story.attempts[number].at)
        yield Entry(day, Figure.TIME_TO_TRUTH, str(waited), parts)
        if _is_decline(line):
            yield Entry(day, Figure.DECLINES, line.detail[:80] or NO_CODE, parts)


def _is_decline(line: Line) -> bool:
    """The last decline ends the payment; what else does that has no word of the bank's."""
    used_up = line.move == Move.ATTEMPTS_USED_UP and bool(line.detail)
    return not line.interruption and (line.move == Move.DECLINED or used_up)


def _payment(story: Story, paid: Line, zone: ZoneInfo) -> Iterator[Entry]:
    day, parts = day_of(paid.at, zone), story.parts()
    yield Entry(day, Figure.PAID, story.currency, parts)
    yield Entry(day, Figure.TAKEN, story.currency, parts, story.amount)
    yield Entry(day, Figure.TIME_TO_PAY, str(counted_as(paid.at - story.opened.at)), parts)
    yield Entry(day, Figure.ATTEMPTS, str(paid.attempt), parts)
    kept = story.amount - story.returned
    if story.interruptions and kept > 0 and not story.is_to_be_returned:
        yield Entry(day, Figure.RESCUED_FROM, str(story.interruptions[0].interruption), parts)
        yield Entry(day, Figure.RESCUED_BY, rescuer(story, paid), parts)
        yield Entry(day, Figure.RESCUED_SUM, story.currency, parts, kept)


def rescuer(story: Story, paid: Line) -> Rescuer:
    """What came last between the last interruption and the money."""
    attempt = story.attempts.get(paid.attempt or 0)
    if attempt is None or story.interruptions[-1].id > attempt.id:  # what was interrupted was paid: nobody tried again
        return Rescuer.ITSELF if paid.actor == gateway_calls.ACTOR else Rescuer.RECONCILER
    if attempt.actor in _RETRIES:
        return _RETRIES[attempt.actor]
    return Rescuer.MORE_TIME if _has_asked_for_time(story, attempt) else Rescuer.BY_HAND


def _has_asked_for_time(story: Story, until: Line) -> bool:
    """Whether a person did between the first interruption and that line; what is kept in bad weather nobody asked."""
    asked = (line for line in story.lines if line.kind is EventKind.EXTENDED and line.actor != kept_orders.ACTOR)
    return any(story.interruptions[0].id < line.id < until.id for line in asked)


def _returns(story: Story, zone: ZoneInfo) -> Iterator[Entry]:
    parts, currency = story.parts(), story.currency
    for line, amount in story.given_back():
        day = day_of(line.at, zone)
        yield Entry(day, Figure.REFUNDS, currency, parts, 1 if line.kind is EventKind.REFUND_MADE else -1)
        yield Entry(day, Figure.REFUNDED_SUM, currency, parts, amount)
    for line, amount in story.lost():
        yield Entry(day_of(line.at, zone), Figure.DISPUTED_SUM, currency, parts, amount)
    if story.disputed:
        yield Entry(day_of(story.disputed.at, zone), Figure.DISPUTES, currency, parts)


def _cells(entries: Iterable[Entry]) -> Counter[Cell]:
    """Each in its day, its week and its month, with all payments and with those of its method, currency and device."""
    found: Counter[Cell] = Counter()
    for entry in entries:
        slices = zip(Slice, ("", *entry.parts), strict=True)
        for slice_, part in slices:
            for grain in Grain:
                begins = first_day(grain, entry.day)
                found[Cell(grain, begins, slice_, part, entry.figure, entry.value)] += entry.number
    return found
