"""Fraud rules hold an attempt up before it is begun, or have it begun more carefully; each is told in the trail."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.fraud import rule_book
from smartcart.fraud.models import FraudRule, FraudSighting
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import Attempt, EventKind
from smartcart.payments.core.record import AUTOMATIC_RETRY
from smartcart.payments.core.refusals import CardRefused, RefusedByShop, SlowDown
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Instrument, Payer
from smartcart.payments.flow import desk
from smartcart.rules.card_limits import IN_A_DAY
from smartcart.rules.declines import NEVER
from smartcart.rules.fraud_defaults import DEFAULTS
from smartcart.rules.outcomes import APPROVED, Outcome, OutcomeKind
from smartcart.rules.payment_states import State
from smartcart.rules.velocity import Action, By, Measure, Rule
from tests.payments.opened import NOW, open_session, settle, time_passes
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE
from tests.support.shopper import product
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE  # what PostgreSQL does otherwise is in tests/fraud/test_sightings.py

RULE = Rule("Twice from one address", By.ADDRESS, Measure.DECLINES, number=2, within=600, action=Action.REFUSE)
HERE = Payer(address="198.18.0.1")
DECLINED = Outcome(OutcomeKind.DECLINED, code="card_declined", card="fingerprint")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"fraud": "on"})


@pytest.fixture(autouse=True)
def shop(scripted_shop: Flask, gateway: Scripted) -> Iterator[Scripted]:
    """Its gateway declines what it is sent, its rules are RULE alone, and there is enough of everything."""
    product(stock=1000)
    gateway.instead["charge"] = DECLINED
    keep(RULE)
    yield gateway
    gateway.instead.clear()


def keep(rule: Rule) -> None:
    """It is the only rule that is on."""
    with writing():
        for each in rule_book.read():
            rule_book.change(replace(each, is_on=False))
        rule_book.change(rule)
    runtime().fraud.read_anew()


def press(session_id: str, payer: Payer = HERE) -> str:
    """Press Pay, and wait until it is known what became of it; returns the session's id."""
    desk.pay(session_id, "sandbox_approve", "shopper", payer)
    wait_for(lambda: queries.find(session_id).state is not State.PROCESSING)
    return session_id


def press_twice() -> None:
    for shopper in ("mallory", "mallet"):
        press(open_session(shopper))


def decline_kept(token: str) -> None:
    """Somebody's kept card is tried, and declined."""
    tried = record.begin(open_session("ada"), Instrument(token, customer="customer"), "shopper", 30.0, lambda: True)
    settle(tried.attempt_id, DECLINED if token != "another" else APPROVED)


def judged(session_id: str) -> list[str]:
    """What the trail says of rules."""
    return [event.detail for event in queries.events_of(session_id) if event.kind is EventKind.JUDGED]


def attempt_of(session_id: str) -> Attempt:
    return queries.attempts_of(session_id)[-1]


def test_who_is_refused_has_begun_nothing_and_used_no_attempt(shop: Scripted) -> None:
    press_twice()
    session_id, asked = open_session("ada"), len(shop.asked)
    with pytest.raises(RefusedByShop) as refusal:
        press(session_id)
    assert "Nothing was taken" in refusal.value.detail
    session = queries.find(session_id)
    assert (session.state, session.attempts, len(shop.asked)) == (State.CREATED, 0, asked)
    assert queries.attempts_of(session_id) == []


def test_why_is_told_in_the_trail_once_however_often_it_is_pressed() -> None:
    press_twice()
    session_id = open_session("ada")
    for _ in range(3):
        with pytest.raises(RefusedByShop):
            press(session_id)
    assert judged(session_id) == ["refuse: Twice from one address"]
    assert queries.find(session_id).version == 1


def test_others_are_not_held_up() -> None:
    press_twice()
    press(open_session("ada"), Payer(address="198.18.0.2"))
    press(open_session("bob"), Payer())


def test_the_window_slides() -> None:
    press(open_session("mallory"))
    time_passes(300)
    press(open_session("mallet"))
    session_id = open_session("ada")
    with pytest.raises(RefusedByShop):
        press(session_id)
    clock.freeze(NOW + timedelta(seconds=600))
    press(session_id)


def test_who_is_too_fast_waits_to_the_second_and_not_longer() -> None:
    keep(replace(RULE, action=Action.SLOW))
    press_twice()
    time_passes(100)
    session_id = open_session("ada")
    with pytest.raises(SlowDown) as refusal:
        press(session_id)
    assert refusal.value.retry_after == 500
    time_passes(499)
    with pytest.raises(SlowDown):
        press(session_id)
    time_passes(1)
    press(session_id)


@pytest.mark.parametrize(
    ("action", "confirm", "set_aside"),
    [(Action.NOTE, False, False), (Action.CONFIRM, True, False), (Action.HOLD, False, True)],
)
def test_what_may_begin_is_begun_with_care(shop: Scripted, action: Action, confirm: bool, set_aside: bool) -> None:
    keep(replace(RULE, action=action))
    press_twice()
    del shop.instead["charge"]
    session_id = press(open_session("ada"))
    attempt = attempt_of(session_id)
    assert (attempt.confirm, attempt.set_aside) == (confirm, set_aside)
    assert judged(session_id) == [f"{action}: Twice from one address"]
    ends = {Action.NOTE: State.COMPLETED, Action.CONFIRM: State.ACTION_REQUIRED, Action.HOLD: State.AUTHORIZED}
    assert queries.find(session_id).state is ends[action]


def test_what_was_asked_of_one_attempt_is_asked_of_the_next() -> None:
    keep(replace(RULE, action=Action.HOLD))
    press_twice()
    session_id = press(open_session("ada"))
    time_passes(700)
    press(session_id)
    assert attempt_of(session_id).set_aside
    assert len(judged(session_id)) == 1


def test_a_retry_by_itself_is_judged_too_and_then_there_is_none() -> None:
    keep(replace(RULE, by=By.EMAIL))
    press_twice()
    with pytest.raises(RefusedByShop):
        desk.pay(open_session("ada"), "sandbox_approve", AUTOMATIC_RETRY, Payer("ada"))


def test_an_attempt_and_its_outcome_are_remembered_by_hashes_alone() -> None:
    press(open_session("ada"))
    seen = db.session.scalars(select(FraudSighting)).one()
    assert (seen.amount, seen.currency, seen.outcome, seen.code) == (4200, "EUR", OutcomeKind.DECLINED, "card_declined")
    hashes = [seen.shopper, seen.email, seen.address, seen.card]
    assert all(len(each or "") == 16 and int(each or "", 16) for each in hashes)
    assert len(set(hashes)) == 4


def test_an_email_with_something_behind_a_plus_is_the_same_one() -> None:
    fraud = runtime().fraud
    assert fraud.hashed_email("Ada+1@Example.org") == fraud.hashed_email("ada@example.org") != ""
    assert fraud.hashed_email("bob@example.org") != fraud.hashed_email("ada@example.org")


def test_the_gateways_fingerprint_makes_one_card_of_all_that_was_typed() -> None:
    keep(replace(RULE, by=By.SHOP, measure=Measure.DECLINED_CARDS))
    press_twice()
    cards = db.session.scalar(select(func.count(FraudSighting.card.distinct())))
    assert cards == 1


def test_switched_off_nothing_is_remembered_and_nobody_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime().fraud, "is_on", False)
    press_twice()
    press(open_session("ada"))
    assert db.session.scalars(select(FraudSighting)).all() == []


def test_the_card_schemes_limits_hold_whatever_rules_are_set() -> None:
    """Two kept cards of one number, as the gateway tells after a first try, are one card."""
    keep(replace(RULE, is_on=False))
    for number in range(IN_A_DAY):
        decline_kept(f"token {number % 2}")
        time_passes(1)
    with pytest.raises(CardRefused) as refusal:
        decline_kept("token 1")
    assert "24 hours" in refusal.value.judged
    decline_kept("another")


def test_a_card_that_will_never_be_approved_is_tried_once(shop: Scripted) -> None:
    keep(replace(RULE, is_on=False))
    shop.instead["charge"] = replace(DECLINED, advised=NEVER)
    first = press(open_session("mallory"))
    with pytest.raises(CardRefused):
        press(first)
    assert "never approve" in judged(first)[0]
    assert queries.find(first).attempts == 1


def test_the_defaults_hold_until_the_owner_changes_one() -> None:
    with writing():
        db.session.execute(delete(FraudRule))
    assert [replace(rule, id=0) for rule in rule_book.read()] == list(DEFAULTS)
