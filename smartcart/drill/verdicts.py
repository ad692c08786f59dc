"""The verdict over an owner's drill: each promise, scenario by scenario, with what it was held against. Values in,
values out."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from smartcart.drill import judgement, letters
from smartcart.drill.judgement import Charged, OnRecord, Sight
from smartcart.drill.letters import Mail
from smartcart.rules.drills import Promise, Scenario

# What is judged of all of the shop at once stands under this name beside the scenarios'.
AFTERWARDS = "afterwards"
# So many of a broken promise's cases are kept: who mends the shop begins with the first.
KEPT = 10


@dataclass(frozen=True)
class Scene:
    """A scenario as it was played: in which sessions, how often the thing itself has happened, how many shoppers were
    not told how their payment stands, and which answers were none."""

    scenario: Scenario
    sessions: Sequence[str]
    happened: int
    unfinished: int = 0
    errors: Sequence[str] = ()


@dataclass(frozen=True)
class Stock:
    """What was put on the shelf, what is left, and how much the orders of each status hold."""

    put_there: int
    left: int
    ordered: Mapping[str, int]


@dataclass(frozen=True)
class Books:
    """All that is on record when it is over. `audit` has a sentence of `smartcart audit` by session; `events` are the
    ids in the merchant's feed, by session, and `received` those that have reached its system, signed as they must be;
    `clocks` is by how much the shop's clock was ahead at times, in seconds."""

    sessions: Sequence[OnRecord]
    charges: Sequence[Charged]
    held: Mapping[str, float]
    sights: Sequence[Sight]
    mails: Sequence[Mail]
    clocks: Collection[int]
    audit: Sequence[tuple[str, str]]
    events: Mapping[str, Collection[str]]
    received: Collection[str]
    stock: Stock

    def of(self, sessions: Collection[str]) -> "Books":
        """What of it is about these sessions."""
        return Books(
            [each for each in self.sessions if each.session in sessions],
            [each for each in self.charges if each.session in sessions],
            {session: at for session, at in self.held.items() if session in sessions},
            [each for each in self.sights if each.session in sessions],
            [each for each in self.mails if each.session in sessions],
            self.clocks,
            [(session, told) for session, told in self.audit if session in sessions],
            {session: events for session, events in self.events.items() if session in sessions},
            self.received,
            self.stock,
        )


@dataclass(frozen=True)
class Check:
    """A promise, how many things it was held against, and a sentence for each time it was not kept."""

    promise: Promise
    judged: int
    cases: Sequence[str]


@dataclass(frozen=True)
class Payment:
    """A payment as all parties have it in the end: the shop, its last page, the gateway, and its letters."""

    session: str
    state: str
    attempts: int
    page: str
    charges: int
    letters: Sequence[str]


@dataclass(frozen=True)
class Part:
    """A scenario's verdict, or that over what belongs to none."""

    name: str
    happened: int
    checks: Sequence[Check]
    payments: Sequence[Payment]

    @property
    def passed(self) -> bool:
        return not any(check.cases for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def judge(scenes: Sequence[Scene], books: Books) -> list[Part]:
    """A part for each scenario, and one for what belongs to none of them."""
    return [*(_part(scene, books.of(scene.sessions)) for scene in scenes), _afterwards(scenes, books)]


def _part(scene: Scene, books: Books) -> Part:
    checks = [check(scene, books) for check in CHECKS if check is not _merchant or books.events]
    return Part(scene.scenario, scene.happened, checks, _payments(books))


def _played(scene: Scene, _: Books) -> Check:
    """A drill in which nothing went wrong has proved nothing."""
    return _check(Promise.PLAYED, scene.happened, [] if scene.happened else ["what was to go wrong did not"])


def _never_twice(_: Scene, books: Books) -> Check:
    return _check(Promise.NEVER_TWICE, len(books.charges), judgement.charged_twice(books.sessions, books.charges))


def _nothing_lost(scene: Scene, books: Books) -> Check:
    known = {session.session for session in books.sessions}
    cases = [
        *judgement.lost(books.sessions, books.charges),
        *judgement.stuck(books.sessions),
        *(f"session {session}: it is not on record" for session in scene.sessions if session not in known),
        *(told for _, told in books.audit),
    ]
    return _check(Promise.NOTHING_LOST, len(scene.sessions), cases)


def _true_pages(scene: Scene, books: Books) -> Check:
    cases = judgement.untrue(books.sights, books.charges, books.held)
    if scene.unfinished:
        cases.append(f"{scene.unfinished} shoppers were not told in time where their money is")
    return _check(Promise.TRUE_PAGES, len(books.sights), cases)


def _true_letters(_: Scene, books: Books) -> Check:
    sessions, charges, mails, clocks = books.sessions, books.charges, books.mails, books.clocks
    cases = [
        *judgement.untrue(letters.sights(mails, clocks), charges, books.held),
        *letters.say_nothing(mails),
        *letters.asked_though_paid(mails, sessions, charges, clocks),
        *letters.missing(sessions, charges, mails),
        *letters.not_told(letters.owed(sessions, charges, books.sights), mails),
        *letters.left(mails),
    ]
    return _check(Promise.TRUE_LETTERS, len(mails), cases)


def _merchant(_: Scene, books: Books) -> Check:
    told = [(session, event) for session, events in books.events.items() for event in sorted(events)]
    cases = [
        f"session {session}: the event {event} is in the feed, and has not reached the merchant's system"
        for session, event in told
        if event not in books.received
    ]
    return _check(Promise.MERCHANT_TOLD, len(told), cases)


def _no_faults(scene: Scene, books: Books) -> Check:
    return _check(Promise.NO_FAULTS, len(books.sights), list(scene.errors))


CHECKS: Sequence[Callable[[Scene, Books], Check]] = (
    _played,
    _never_twice,
    _nothing_lost,
    _true_pages,
    _true_letters,
    _merchant,
    _no_faults,
)


def _afterwards(scenes: Sequence[Scene], books: Books) -> Part:
    """The shelf; charges and differences of payments that nobody has made, and letters about none."""
    played = {session for scene in scenes for session in scene.sessions}
    known = {session.session for session in books.sessions}
    strange = [each.session for each in books.charges if each.session not in played]
    lost = [
        *(f"session {session}: charged, and nobody has paid it" for session in strange),
        *(told for session, told in books.audit if session not in played),
    ]
    unasked = [mail for mail in books.mails if mail.session not in known]
    stock = books.stock
    wrong = judgement.stock_wrong(stock.put_there, stock.left, stock.ordered)
    checks = [
        _check(Promise.NOTHING_LOST, len(books.charges), lost),
        _check(Promise.TRUE_LETTERS, len(unasked), letters.say_nothing(unasked)),
        _check(Promise.STOCK_RIGHT, sum(stock.ordered.values()), wrong),
    ]
    return Part(AFTERWARDS, 0, checks, [])


def _check(promise: Promise, judged: int, cases: Sequence[str]) -> Check:
    return Check(promise, judged, cases[:KEPT])


def _payments(books: Books) -> list[Payment]:
    charges = Counter(charge.session for charge in books.charges if charge.standing)
    page = {sight.session: sight.money for sight in sorted(books.sights, key=lambda sight: sight.told_at)}
    return [
        Payment(
            each.session,
            each.state,
            each.attempts,
            page.get(each.session, ""),
            charges[each.session],
            [_said(mail) for mail in books.mails if mail.session == each.session],
        )
        for each in books.sessions
    ]


def _said(mail: Mail) -> str:
    return f"{mail.kind}: {', '.join(sorted(letters.claims(mail))) or 'nothing'}"
