"""The fraud rules in the admin: listed, added, changed, switched, and tried on what was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.fraud import rule_book
from smartcart.fraud.models import FraudSighting
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import RefusedByShop
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk
from smartcart.rules.fraud_defaults import DEFAULTS
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.velocity import Action, By, Measure
from tests.admin.browser import AdminBrowser
from tests.payments.opened import DECLINED, begin, open_session, settle
from tests.support.databases import ON_BOTH
from tests.support.shopper import product

TYPED = {"name": "Three from one address", "measure": "attempts", "by": "address", "action": "refuse", "is_on": "y"}
TYPED |= {"number": "3", "minutes": "60", "share": "0", "smallest": "0", "largest": "0", "countries": "", "codes": ""}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"fraud": "on"})


@ON_BOTH
def test_the_defaults_are_listed_and_become_the_owners_own_with_the_first_change(admin: AdminBrowser) -> None:
    page = admin.read("/admin/fraud")
    assert all(rule.name in page for rule in DEFAULTS)
    assert admin.post("/admin/fraud/rules/1/switch", {"is_on": "no"}).status_code == 303
    kept = rule_book.read()
    assert [rule.name for rule in kept] == [rule.name for rule in DEFAULTS]
    assert [rule.is_on for rule in kept] == [False, *(rule.is_on for rule in DEFAULTS[1:])]
    admin.post("/admin/fraud/rules/1/switch", {"is_on": "yes"})
    assert rule_book.read()[0].is_on


def test_a_rule_is_added_and_changed(admin: AdminBrowser) -> None:
    assert admin.post("/admin/fraud/rules/new", TYPED | {"codes": "stolen_card, lost_card"}).status_code == 303
    *_, added = rule_book.read()
    assert (added.by, added.measure, added.number, added.within) == (By.ADDRESS, Measure.ATTEMPTS, 3, 3600)
    assert (added.action, added.codes, added.is_on) == (Action.REFUSE, ("stolen_card", "lost_card"), True)
    assert "3 attempts from one address within 1 hour; codes stolen_card lost_card." in admin.read("/admin/fraud")
    changed = TYPED | {"minutes": "1440", "countries": "FR DE", "action": "note"}
    admin.post(f"/admin/fraud/rules/{added.id}", changed)
    *_, kept = rule_book.read()
    assert (kept.id, kept.within, kept.countries, kept.action) == (added.id, 86400, ("FR", "DE"), Action.NOTE)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"number": "0"}, "How many must be a whole number from 1 to"),
        ({"number": "101"}, "How many must be a whole number from 1 to"),
        ({"by": "shopper", "measure": "shoppers"}, "one of these at most"),
        ({"by": "shop"}, "In the whole shop declines can be counted"),
        ({"measure": "sum", "action": "slow"}, "A sum cannot be slowed down"),
        ({"smallest": "2", "largest": "1"}, "must not be under the smallest"),
        ({"countries": "Germany"}, "two capital letters"),
        ({"codes": "Stolen!"}, "own words"),
    ],
)
def test_what_is_allowed_is_said(admin: AdminBrowser, wrong: dict[str, str], words: str) -> None:
    answer = admin.post("/admin/fraud/rules/new", TYPED | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert len(rule_book.read()) == len(DEFAULTS)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"number": "1"}, "1 attempt from one address within 1 hour."),
        ({"number": "9000", "measure": "sum"}, "A sum of 9000 paid from one address within 1 hour; in the"),
        ({"by": "shop", "measure": "declines"}, "3 declines in the whole shop within 1 hour; at least five times"),
        ({"strangers": "y", "countries": "de fr"}, "within 1 hour; to DE FR; not for who has paid here before."),
        ({"measure": "declines", "codes": "Stolen_Card"}, "codes stolen_card"),
    ],
)
def test_a_rule_is_read_as_a_sentence(admin: AdminBrowser, rule: dict[str, str], words: str) -> None:
    admin.post("/admin/fraud/rules/new", TYPED | rule)
    assert words in admin.read("/admin/fraud")


def test_no_more_are_kept_than_a_payment_can_look_at(admin: AdminBrowser) -> None:
    for _ in range(rule_book.MOST):
        admin.post("/admin/fraud/rules/new", TYPED)
    assert len(rule_book.read()) == rule_book.MOST
    assert f"There are {rule_book.MOST} rules" in admin.read("/admin/fraud")


def test_a_rule_that_is_not_there_is_not_found(admin: AdminBrowser) -> None:
    assert admin.get("/admin/fraud/rules/99").status_code == 404


@ON_BOTH
def test_a_dry_run_says_what_a_rule_would_have_done_and_keeps_nothing(admin: AdminBrowser) -> None:
    """Of eight attempts from one address those after three were made: two of them paid, and one of these disputed."""
    nobody_is_held_up()
    paid = [_attempt(number, pays=number in (4, 6)) for number in range(8)]
    with writing():
        db.session.get_one(PaymentSession, paid[6]).disputed_at = clock.now()
    answer = admin.post("/admin/fraud/rules/new", TYPED | {"try": "1"})
    assert answer.status_code == 200
    assert "would have stopped 5 attempts, 1 of which was paid and never disputed" in answer.text
    assert "It is not kept yet" in answer.text
    assert len(rule_book.read()) == len(DEFAULTS)


def test_all_rules_are_tried_at_once(admin: AdminBrowser) -> None:
    assert "nothing to try the rules on" in admin.read("/admin/fraud/dry-run")
    nobody_is_held_up()
    for number in range(6):
        _attempt(number)
    page = admin.read("/admin/fraud/dry-run")
    assert "Tried on the 6 attempts since" in page
    assert "It would have stopped 1 attempt, none of which was paid and never disputed." in page
    assert "It would have met nobody." in page


@ON_BOTH
def test_which_payments_met_a_rule_lately_is_listed_the_newest_first(admin: AdminBrowser) -> None:
    assert "No payment has met a rule yet" in admin.read("/admin/fraud")
    nobody_is_held_up()
    admin.post("/admin/fraud/rules/new", TYPED | {"name": "Noted", "number": "1", "by": "shopper", "action": "note"})
    for _ in range(2):
        settle(begin(open_session("mallory")), DECLINED)
    refused = open_session("mallory")
    admin.post(f"/admin/fraud/rules/{rule_book.read()[-1].id}", TYPED | {"name": "No", "number": "2", "by": "shopper"})
    with pytest.raises(RefusedByShop):
        desk.pay(refused, "sandbox_approve", "shopper")
    page = admin.get("/admin/fraud").text
    lately = page[page.index("Met lately") :]
    assert lately.index("refuse: No") < lately.index("note: Noted")
    assert f"/admin/sessions/{refused}" in lately


def nobody_is_held_up() -> None:
    """There is enough of everything, and all rules are off; they can be tried all the same."""
    product(stock=100)
    with writing():
        for rule in rule_book.read():
            rule_book.change(replace(rule, is_on=False))
    runtime().fraud.read_anew()


def _attempt(number: int, pays: bool = False) -> str:
    """One of many attempts from one address, an hour ago, each by somebody else with a card of their own."""
    session_id = open_session(f"shopper {number}")
    attempt_id = begin(session_id)
    settle(attempt_id, APPROVED if pays else DECLINED)
    at = clock.now() - timedelta(hours=1) + timedelta(seconds=number)
    with writing():
        seen = update(FraudSighting).where(FraudSighting.attempt_id == attempt_id)
        db.session.execute(seen.values(at=at, address="an address"))
    return session_id
