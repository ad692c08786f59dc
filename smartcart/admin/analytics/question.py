"""Which figures somebody asks for, as the address says it; what makes no sense there asks for the usual."""

from datetime import date
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from smartcart.analytics.figures import Slice
from smartcart.analytics.models import LONGEST_WORD
from smartcart.analytics.reading import Cut
from smartcart.ids import may_be_looked_up
from smartcart.rules.periods import Grain, first_day

# There are none before; and no calendar that is counted back from here comes to its end.
OLDEST = date(2000, 1, 1)
USUAL = Grain.WEEK


class Question(NamedTuple):
    """A period by its first day, and of which payments."""

    grain: Grain
    begins: date
    cut: Cut


def asked(parameters: MultiDict[str, str], today: date) -> Question:
    """`by` a day, a week or a month, `at` any day of it (the current one, if none is said), `of` slice and part."""
    by = parameters.get("by", "")
    grain = Grain(by) if by in set(Grain) else USUAL
    return Question(grain, first_day(grain, _day(parameters.get("at", ""), today)), _cut(parameters.get("of", "")))


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if OLDEST <= day <= today else today


def _cut(text: str) -> Cut:
    slice_, _, part = text.partition(":")
    is_one = slice_ in (Slice.METHOD, Slice.CURRENCY, Slice.DEVICE) and may_be_looked_up(part)
    return Cut(Slice(slice_), part[:LONGEST_WORD]) if is_one else Cut()
