"""What a rule would have done is what it would have done when the attempts were made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from smartcart.rules.fraud_replay import Replay
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import FEWEST, LOOKED_AT, Action, By, Measure, Rule, Sighting

BEGINS = datetime(2026, 11, 1, tzinfo=UTC)
RULE = Rule("Three in ten minutes", By.ADDRESS, Measure.DECLINES, number=3, within=600, action=Action.REFUSE)
OF_SHOP = replace(RULE, by=By.SHOP, measure=Measure.DECLINED_CARDS)
ATTEMPT = Sighting(BEGINS, "ada", "ada@", "an address", "a card", 4200, "EUR", "DE", OutcomeKind.DECLINED)


def every(seconds: float, number: int, begins: datetime = BEGINS, **more: object) -> list[Sighting]:
    """So many attempts, each with another card."""
    return [
        ATTEMPT._replace(**{"at": begins + timedelta(seconds=seconds * each), "card": f"{begins} {each}", **more})
        for each in range(number)
    ]


def met_by(rule: Rule, attempts: list[Sighting]) -> list[Sighting]:
    return [attempt for attempt, rules in zip(attempts, Replay([rule]).met(attempts), strict=True) if rules]


def test_it_is_met_by_those_that_came_after_so_many() -> None:
    attempts = every(1, 6)
    assert met_by(RULE, attempts) == attempts[3:]
    assert met_by(replace(RULE, is_on=False), attempts) == []


def test_who_had_paid_a_day_before_was_no_stranger() -> None:
    paid = ATTEMPT._replace(outcome=OutcomeKind.APPROVED)
    for days, number in ((0.5, 3), (1, 0)):
        attempts = every(1, 6, begins=BEGINS + timedelta(days=days))
        assert len(met_by(replace(RULE, strangers=True), [paid, *attempts])) == number


def test_no_more_are_looked_at_than_a_payment_would_have() -> None:
    declines, paid = every(1, 3), every(1, 3 * LOOKED_AT, BEGINS + timedelta(seconds=3), outcome=OutcomeKind.APPROVED)
    after = every(1, 1, BEGINS + timedelta(seconds=500))
    assert met_by(RULE, [*declines, *paid[1:], *after])[-1:] != after
    assert met_by(RULE, [*declines, *paid[: 2 * LOOKED_AT], *after])[-1:] == after


def test_a_shop_that_is_used_to_declines_would_not_have_been_under_attack() -> None:
    """One a minute is usual there: ten in a window, of which fifty would be an attack."""
    usual = every(60, 20 * FEWEST)
    assert met_by(OF_SHOP, usual)[-1].at < BEGINS + timedelta(seconds=600 + 60 * (FEWEST + 1))
    attack = every(2, 60, begins=usual[-1].at + timedelta(seconds=60))
    assert 0 < len(met_by(OF_SHOP, [*usual, *attack])) - len(met_by(OF_SHOP, usual)) < 30
