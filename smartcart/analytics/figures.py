"""The figures, and what each means: said here once, shown on the page, and told with the JSON."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Figure(StrEnum):
    """What is counted. Each has values, and a number for each; of sums the value is the currency."""

    WAY = "way"
    INTERRUPTED = "interrupted"
    PAID = "paid"
    TAKEN = "taken"
    RESCUED_FROM = "rescued_from"
    RESCUED_BY = "rescued_by"
    RESCUED_SUM = "rescued_sum"
    TIME_TO_PAY = "time_to_pay"
    TIME_TO_TRUTH = "time_to_truth"
    ATTEMPTS = "attempts"
    DECLINES = "declines"
    REFUNDS = "refunds"
    REFUNDED_SUM = "refunded_sum"
    DISPUTES = "disputes"
    DISPUTED_SUM = "disputed_sum"


class Step(StrEnum):
    """The way of a payment: how many came as far as this. `open` are those that have not ended yet."""

    OPENED = "opened"
    TRIED = "tried"
    AT_GATEWAY = "at_gateway"
    PAID = "paid"
    OPEN = "open"


class Rescuer(StrEnum):
    """What brought an interrupted payment to its end."""

    AUTOMATIC_RETRY = "automatic_retry"
    RECONCILER = "reconciler"
    BY_HAND = "retry_by_hand"
    RECOVERY_MAIL = "recovery_mail"
    MORE_TIME = "more_time"
    ITSELF = "went_on_by_itself"


class Slice(StrEnum):
    """By what payments are told apart; `all` has one part, without a name."""

    ALL = "all"
    METHOD = "method"
    CURRENCY = "currency"
    DEVICE = "device"


class Entry(NamedTuple):
    """One thing to be counted: on which day, of what kind of payment, and how much (1, or minor units)."""

    day: date
    figure: Figure
    value: str
    parts: tuple[str, str, str]
    number: int = 1


class Cell(NamedTuple):
    """Where a number is kept."""

    grain: str
    begins: date
    slice: str
    part: str
    figure: str
    value: str
