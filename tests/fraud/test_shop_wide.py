"""An attack on the whole shop is known to whoever pays next, whoever it was that it was noticed by."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from smartcart.database.session import writing
from smartcart.fraud import sightings
from smartcart.fraud.shop_wide import Known
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import (
    FAR_ABOVE,
    FEWEST,
    SHOP_KNOWN_FOR,
    Action,
    By,
    Measure,
    Met,
    Rule,
    Sighting,
    reaches,
)
from tests.payments.opened import NOW

pytestmark = pytest.mark.usefixtures("still_clock")

RULE = Rule("Under attack", By.SHOP, Measure.DECLINES, number=3, within=600, action=Action.CONFIRM, largest=500)
SMALL = Sighting(NOW, "mallory", "", "", "a card", 300, "EUR", "")
LARGE = SMALL._replace(amount=4200)


def see(*ages: float, attempt: Sighting = SMALL, first: int = 1) -> None:
    """Declines of so many seconds ago."""
    with writing():
        for attempt_id, age in enumerate(ages, start=first):
            sightings.add(attempt_id, attempt._replace(at=NOW - timedelta(seconds=age), outcome=OutcomeKind.DECLINED))


def met(known: Known, attempt: Sighting, rule: Rule = RULE) -> Sequence[Met]:
    return known.met(attempt, [rule], reaches([rule])[By.SHOP])


def test_who_pays_what_a_rule_does_not_look_at_hides_no_attack_from_it(app: Flask) -> None:
    see(10, 20, 30)
    known = Known()
    met(known, LARGE)
    assert [rule for rule, _ in met(known, SMALL)] == [RULE]


def test_it_is_asked_anew_after_two_seconds_and_not_before(app: Flask) -> None:
    known = Known()
    assert not met(known, SMALL)
    see(10, 20, 30)
    assert not met(known, SMALL)
    assert met(known, SMALL._replace(at=NOW + SHOP_KNOWN_FOR))


def test_what_was_usual_before_is_no_attack(app: Flask) -> None:
    """One in the window is usual; far more than that has to come."""
    see(*(600 * (number + 1) for number in range(FEWEST)))
    see(*range(FAR_ABOVE - 1), first=1000)
    assert not met(Known(), SMALL)
    see(*range(FAR_ABOVE), first=2000)
    assert met(Known(), SMALL)


def test_without_a_rule_on_the_whole_shop_nothing_is_met(app: Flask) -> None:
    see(10, 20, 30)
    assert not met(Known(), SMALL, replace(RULE, is_on=False))
