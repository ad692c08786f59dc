"""What is going to happen in a drill, drawn from its seed: the same seed repeats it."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar

from smartcart.gateways.sandbox.gateway import BEHAVIOURS

Choice = TypeVar("Choice")

METHODS = tuple(BEHAVIOURS)
# One more than a session has attempts: the last is to be refused.
TRIES = 4
# One shopper in so many has a network that breaks off whatever they send in the middle.
CUT_SHORT_EACH = 20
# Of so many kills one lets the shop begin again with a wrong clock, which the next one sets right; and of so many one
# with other books of the gateway, for some seconds. Which of them it is.
CLOCK_EACH, CLOCK_AT = 10, 1
SWITCH_EACH, SWITCH_AT = 40, 2
# How far clocks are off, in seconds. What is less than the longest wait that there is (rules.patience.LONGEST_LOOK)
# keeps a payment waiting for as long as the clock was ahead, which no drill has the time for.
LEAST_OFF, MOST_OFF = 900, 3600


class Act(StrEnum):
    """What a shopper does while an attempt is under way."""

    WAIT = "wait"
    DOUBLE_CLICK = "double click"
    RELOAD = "reload"
    SECOND_DEVICE = "second device"
    PAY_AGAIN = "pay again"
    CANCEL = "cancel"
    EXTEND = "extend"
    CLOSE_TAB = "close the tab"
    ASK = "ask for the truth"
    GO_AWAY = "go away for good"


class AtTheBank(StrEnum):
    """What a shopper does when the bank wants them to confirm."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    COME_BACK = "come back without an answer"
    PAY_ANOTHER_WAY = "pay another way"
    STAY_AWAY = "stay away"


class MoneyBack(StrEnum):
    """Whether the owner gives a paid shopper the money back, and whether it arrives."""

    NONE = "none"
    ARRIVES = "arrives"
    FAILS_LATER = "fails later"


# Most shoppers only wait; few go away for good, because who is gone tells nothing about the page.
_ACTS = dict.fromkeys(Act, 1.0) | {Act.WAIT: 3, Act.DOUBLE_CLICK: 2, Act.GO_AWAY: 0.5}
_AT_THE_BANK = dict.fromkeys(AtTheBank, 1.0) | {AtTheBank.CONFIRM: 4}
_MONEY_BACK = dict.fromkeys(MoneyBack, 1.0) | {MoneyBack.NONE: 5, MoneyBack.FAILS_LATER: 2}


@dataclass(frozen=True)
class Try:
    """One press on Pay, and what comes with it."""

    method: str
    act: Act
    at_the_bank: AtTheBank


@dataclass(frozen=True)
class Plan:
    """One shopper. `by_key` is one who comes by the API; `orders_again` opens a second session for an unpaid order.

    With `is_cut_short`, nothing that is posted to the payment arrives whole.
    """

    number: int
    by_key: bool
    orders_again: bool
    tries: tuple[Try, ...]
    is_cut_short: bool = False
    money_back: MoneyBack = MoneyBack.NONE


@dataclass(frozen=True)
class Kill:
    """kill -9 of the process of that index, once so many payments have begun.

    All processes are killed where the shop is to begin again with a clock that is off by another number of seconds than
    before, ahead or (below 0) behind; or with other books of the gateway, for a while.
    """

    after: int
    process: int
    clock: int = 0
    is_switch: bool = False


# Looks, and pays nothing.
ONLOOKER = Plan(number=-1, by_key=False, orders_again=False, tries=())


def plans(seed: int, payments: int) -> list[Plan]:
    """A plan for each payment. The first tries go through all methods in turn, so that each is played."""
    return [_plan(Random(f"{seed} shopper {number}"), number) for number in range(payments)]  # noqa: S311  # no secret


def kills(seed: int, count: int, payments: int, processes: int) -> list[Kill]:
    """`count` kills, spread over the drill, each at a random moment of its stretch."""
    chance = Random(f"{seed} kills")  # noqa: S311  # no secret
    return [
        Kill(
            round(payments * (number + chance.random()) / count),
            chance.randrange(processes),
            _clock(seed, number) if number + 1 < count else 0,
            number % SWITCH_EACH == SWITCH_AT,
        )
        for number in range(count)
    ]


def _clock(seed: int, number: int) -> int:
    """By how many seconds the clock is off after kill number `number`."""
    if number % CLOCK_EACH != CLOCK_AT:
        return 0
    chance = Random(f"{seed} clock {number}")  # noqa: S311  # no secret
    return chance.choice((-1, 1)) * chance.randint(LEAST_OFF, MOST_OFF)


def _plan(chance: Random, number: int) -> Plan:
    methods = [METHODS[number % len(METHODS)], *chance.choices(METHODS, k=TRIES - 1)]
    return Plan(
        number=number,
        by_key=chance.random() < 0.3,
        orders_again=chance.random() < 0.3,
        tries=tuple(Try(method, _one_of(_ACTS, chance), _one_of(_AT_THE_BANK, chance)) for method in methods),
        is_cut_short=number % CUT_SHORT_EACH == CUT_SHORT_EACH // 2,
        money_back=_one_of(_MONEY_BACK, chance),
    )


def _one_of(weights: dict[Choice, float], chance: Random) -> Choice:
    return chance.choices(list(weights), list(weights.values()))[0]
