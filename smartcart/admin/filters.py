"""What a long list is narrowed down by, as it stands in the page's address: nothing of it names a person.

What is senseless there ends the request with 404.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from flask import abort, request
from sqlalchemy import ColumnElement, and_

from smartcart.payments.core.runtime import runtime

# As a browser sends a day; no shop was open in another century.
A_DAY = re.compile(r"2[01]\d\d-[01]\d-[0-3]\d", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")
Choice = TypeVar("Choice", bound=StrEnum)


class Filters(NamedTuple):
    """A day of the shop's, a currency, and whether only what was given back, or what needs a person, is wanted."""

    day: date | None
    currency: str
    is_given_back: bool
    needs_person: bool

    def in_address(self) -> dict[str, str | None]:
        """As url_for takes it: what is not wanted is left out."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "currency": self.currency or None,
            "returned": "yes" if self.is_given_back else None,
            "person": "yes" if self.needs_person else None,
        }


def asked_for() -> Filters:
    currency = request.args.get("currency", "").strip().upper()
    if currency and not CURRENCY.fullmatch(currency):
        abort(404)
    return Filters(day("day"), currency, _is_asked_for("returned"), _is_asked_for("person"))


def one_of(choices: type[Choice], name: str) -> Choice | None:
    """The one that is asked for by that name, if any."""
    asked = request.args.get(name, "")
    if asked and asked not in set(choices):
        abort(404)
    return choices(asked) if asked else None


def is_on(which: date, moment: Any) -> ColumnElement[bool]:
    """Of a column with moments: those of a day as the shop's clocks have it, which may be of 23 or 25 hours."""
    return and_(moment >= midnight(which), moment < midnight(which + timedelta(days=1)))


def midnight(which: date) -> datetime:
    """When a day of the shop's begins, in UTC."""
    return datetime.combine(which, time.min, runtime().settings.time_zone).astimezone(UTC)


def day(name: str) -> date | None:
    """The day that is asked for by that name, if any."""
    asked = request.args.get(name, "")
    if not asked:
        return None
    if not A_DAY.fullmatch(asked):
        abort(404)
    try:
        return date.fromisoformat(asked)
    except ValueError:
        abort(404)


def _is_asked_for(name: str) -> bool:
    asked = request.args.get(name, "")
    if asked not in ("", "yes"):
        abort(404)
    return asked == "yes"
