"""Attempts as the fraud rules remember them: seen when they begin, settled when they end, forgotten after a while.

A row is written in the transaction that begins an attempt, and changed in the one that settles it. Who reads before has
the same shopper's, e-mail's, address's and card's turn to the end of the transaction, so that windows are right however
many processes there are.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, String, Table, bindparam, func, insert, literal, or_, select, union_all, update

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.session import execute, is_sqlite
from smartcart.database.statements import Prepared
from smartcart.database.types import UTCDateTime
from smartcart.database.upsert import insert_into
from smartcart.fraud.models import FraudCard, FraudSighting
from smartcart.rules.card_limits import MONTH, Decline
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import By, Reach, Sighting

# Of a card so many of the newest attempts are looked at for the schemes' limits, whatever the rules ask for.
OF_A_CARD = 100
# Who has paid so long ago, and was seen then, is no stranger. One who tests cards has hardly waited a day.
KNOWN_AFTER = timedelta(days=1)

_ROWS = cast(Table, FraudSighting.__table__)
_ADD = Prepared(insert(_ROWS).inline())
_SETTLE = Prepared(update(_ROWS).where(_ROWS.c.attempt_id == bindparam("of_attempt")))
_OF = {By.SHOPPER: _ROWS.c.shopper, By.EMAIL: _ROWS.c.email, By.ADDRESS: _ROWS.c.address, By.CARD: _ROWS.c.card}
# What is not known is no row's key: it is null there, and empty as a value.
_HASHED = frozenset(by.value for by in _OF)
COLUMNS = tuple(
    func.coalesce(column, "", type_=String).label(column.name) if column.name in _HASHED else column
    for column in (_ROWS.c[name] for name in (*Sighting._fields, "never"))
)


def _newest(by: By) -> Select[Any]:
    ours = (
        select(literal(by.value, String).label("by"), *COLUMNS)
        .where(_OF[by] == bindparam(by.value), _ROWS.c.at > bindparam(f"since_{by}", type_=UTCDateTime))
        .order_by(_ROWS.c.at.desc())
        .limit(bindparam(f"most_{by}"))
        .subquery()
    )
    return select(ours)


@cache
def _seen(known: tuple[By, ...]) -> Prepared:
    """By what is known of an attempt: what nobody knows of it is not asked for."""
    return Prepared(union_all(*(_newest(by) for by in known)))


_HAS_PAID = Prepared(
    select(_ROWS.c.attempt_id)
    .where(
        or_(_ROWS.c.shopper == bindparam("shopper"), _ROWS.c.email == bindparam("email")),
        _ROWS.c.outcome == OutcomeKind.APPROVED,
        _ROWS.c.at <= bindparam("until", type_=UTCDateTime),
    )
    .limit(1)
)
_CARD_BEHIND = Prepared(select(FraudCard.card).where(FraudCard.token == bindparam("wanted")))


@cache
def _turns(number: int) -> Prepared:
    """So many, one after the other."""
    names = (bindparam(f"turn{one}", type_=String) for one in range(number))
    return Prepared(select(*(func.pg_advisory_xact_lock(func.hashtextextended(name, 0)) for name in names)))


class Seen(NamedTuple):
    """What was seen before an attempt, newest first, by what it has in common with it; and its card's declines."""

    by: Mapping[By, Sequence[Sighting]]
    declines: Sequence[Decline]


def seen_before(attempt: Sighting, reaches: Mapping[By, Reach]) -> Seen:
    """In the transaction that begins it, and nobody begins another that has anything in common with it meanwhile."""
    _take_turns(attempt)
    found: dict[By, list[Sighting]] = {by: [] for by in _OF}
    declines = []
    known = tuple(by for by in _OF if getattr(attempt, by.value))
    for by, *seen, never in _seen(known).rows(**_asked(attempt, reaches, known)) if known else ():
        sighting = Sighting(*seen)
        found[By(by)].append(sighting)
        if by == By.CARD and sighting.is_declined:
            declines.append(Decline(sighting.at, never))
    return Seen(found, declines)


def has_paid(attempt: Sighting) -> bool:
    """Whether its shopper, or somebody with the same e-mail address, has paid here before, a day ago at least."""
    until = attempt.at - KNOWN_AFTER
    return bool(_HAS_PAID.rows(shopper=attempt.shopper or None, email=attempt.email or None, until=until))


def card_behind(token: str) -> str:
    """The card that the gateway told to be behind a kept one's token, both hashed; empty where it has told none."""
    rows = _CARD_BEHIND.rows(wanted=token)
    return str(rows[0][0]) if rows else ""


def add(attempt_id: int, attempt: Sighting) -> None:
    """An attempt begins."""
    values = attempt._asdict()
    _ADD.change_along(attempt_id=attempt_id, **values | {name: values[name] or None for name in _HASHED})


def settle(attempt_id: int, outcome: OutcomeKind, code: str, never: bool, card: str = "") -> None:
    """It is known what became of it; `card` is what the gateway said it was, hashed, if it said so."""
    told = {"card": card} if card else {}
    _SETTLE.change_along(of_attempt=attempt_id, outcome=outcome, code=code, never=never, **told)


def learn_card(token: str, card: str) -> None:
    """The gateway has told what card is behind a kept one's token, both hashed."""
    row = insert_into(FraudCard).values(token=token, card=card, seen_at=clock.now())
    execute(row.on_conflict_do_update(index_elements=["token"], set_={"card": card, "seen_at": clock.now()}))


def forget_old(kept_for: float) -> int:
    """Forget what was seen so many seconds ago, and earlier; returns how many rows."""
    long_ago = clock.now() - timedelta(seconds=kept_for)
    return forget(FraudSighting, FraudSighting.at < long_ago) + forget(FraudCard, FraudCard.seen_at < long_ago)


def _asked(attempt: Sighting, reaches: Mapping[By, Reach], known: Sequence[By]) -> dict[str, Any]:
    """The values of the question: whose attempts, since when, and how many."""
    asked: dict[str, Any] = {}
    for by in known:
        within, most, _ = reaches[by]
        if by is By.CARD:
            within, most = max(within, MONTH.days * 86400), max(most, OF_A_CARD)
        asked[by.value] = getattr(attempt, by.value)
        asked[f"since_{by}"] = attempt.at - timedelta(seconds=within)
        asked[f"most_{by}"] = most
    return asked


def _take_turns(attempt: Sighting) -> None:
    """For PostgreSQL; SQLite has one writer at a time. In the order of their names, so that no two ever wait for each
    other.
    """
    names = [] if is_sqlite() else sorted(f"fraud {by} {getattr(attempt, by)}" for by in _OF if getattr(attempt, by))
    if names:
        _turns(len(names)).change_along(**{f"turn{place}": name for place, name in enumerate(names)})
