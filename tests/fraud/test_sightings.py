"""Attempts as the fraud rules remember them, and what is found of them again."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.fraud import sightings
from smartcart.fraud.models import FraudCard, FraudSighting
from smartcart.fraud.sightings import Seen
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import LOOKED_AT, Action, By, Measure, Rule, Sighting, reaches
from tests.payments.opened import NOW, time_passes
from tests.support.two_at_once import together

pytestmark = pytest.mark.usefixtures("still_clock")

ATTEMPT = Sighting(NOW, "ada", "ada@", "an address", "a card", 4200, "EUR", "DE")
RULES = [Rule(f"by {by}", by, Measure.ATTEMPTS, 3, 600, Action.SLOW) for by in By]


def see(attempt: Sighting = ATTEMPT, number: int = 1, outcome: OutcomeKind = OutcomeKind.DECLINED) -> None:
    """So many attempts like that, now."""
    first = 1 + (db.session.scalar(select(FraudSighting.attempt_id).order_by(FraudSighting.attempt_id.desc())) or 0)
    with writing():
        for attempt_id in range(first, first + number):
            sightings.add(attempt_id, attempt._replace(at=clock.now()))
            sightings.settle(attempt_id, outcome, "", never=False)


def before(attempt: Sighting = ATTEMPT, rules: Sequence[Rule] = RULES) -> Seen:
    with writing():
        return sightings.seen_before(attempt._replace(at=clock.now()), reaches(rules))


def test_what_was_seen_is_found_by_whatever_it_has_in_common(app: Flask) -> None:
    see()
    for by in (By.SHOPPER, By.EMAIL, By.ADDRESS, By.CARD):
        unlike = {name: "other" for name in ("shopper", "email", "address", "card") if name != by}
        found = before(ATTEMPT._replace(**unlike))
        assert found.by[by] == [ATTEMPT._replace(outcome=OutcomeKind.DECLINED)]
        assert sum(len(others) for others in found.by.values()) == 1


def test_what_is_not_known_is_in_common_with_nobody(app: Flask) -> None:
    unknown = ATTEMPT._replace(email="", address="")
    see(unknown)
    found = before(unknown)
    assert (found.by[By.EMAIL], found.by[By.ADDRESS]) == ([], [])
    assert found.by[By.SHOPPER][0].email == ""


def test_the_newest_come_first_and_no_more_than_the_rules_need(app: Flask) -> None:
    see(number=50)
    time_passes(1)
    see(ATTEMPT._replace(country="FR"))
    found = before().by[By.ADDRESS]
    assert found[0].country == "FR"
    assert len(found) == 3 * LOOKED_AT


def test_what_is_older_than_any_window_is_not_read_but_for_a_card(app: Flask) -> None:
    see()
    time_passes(600)
    found = before()
    assert found.by[By.SHOPPER] == []
    assert len(found.by[By.CARD]) == len(found.declines) == 1


def test_who_has_paid_a_day_ago_is_no_stranger_by_cookie_or_by_email(app: Flask) -> None:
    see(outcome=OutcomeKind.APPROVED)
    assert not sightings.has_paid(ATTEMPT)
    time_passes(86400)
    attempt = ATTEMPT._replace(at=clock.now())
    assert sightings.has_paid(attempt._replace(shopper="other"))
    assert sightings.has_paid(attempt._replace(email=""))
    assert not sightings.has_paid(attempt._replace(shopper="other", email=""))


def test_a_kept_cards_token_leads_to_its_card(app: Flask) -> None:
    for card in ("first", "second"):
        with writing():
            sightings.learn_card("a token", card)
    assert (sightings.card_behind("a token"), sightings.card_behind("another")) == ("second", "")


def test_all_of_it_is_forgotten_after_its_time(app: Flask) -> None:
    see(number=3)
    with writing():
        sightings.learn_card("a token", "a card")
    time_passes(100)
    see(ATTEMPT._replace(shopper="later"))
    assert sightings.forget_old(timedelta(seconds=60).total_seconds()) == 4
    assert [seen.shopper for seen in db.session.scalars(select(FraudSighting))] == ["later"]
    assert db.session.scalars(select(FraudCard)).all() == []


def test_twenty_at_once_count_each_other(app: Flask) -> None:
    """Each begins only if fewer than three have begun before: right across threads, and so across processes."""
    attempts = iter(range(1, 21))

    def begin() -> None:
        attempt_id = next(attempts)
        with writing():
            seen = sightings.seen_before(ATTEMPT, reaches(RULES))
            if len(seen.by[By.ADDRESS]) < 3:
                sightings.add(attempt_id, ATTEMPT._replace(shopper=f"shopper {attempt_id}"))

    together(app, *[begin] * 20)
    assert len(db.session.scalars(select(FraudSighting)).all()) == 3
