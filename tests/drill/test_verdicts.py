"""The verdict over an owner's drill: a shop that keeps its promises passes, and one that breaks any of them fails."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from smartcart.drill.judgement import Charged, OnRecord, Sight
from smartcart.drill.letters import Mail
from smartcart.drill.verdicts import AFTERWARDS, KEPT, Books, Part, Scene, Stock, judge
from smartcart.outbox.models import EffectKind, Fate
from smartcart.rules.drills import Promise, Scenario
from smartcart.rules.payment_states import State

SCENE = Scene(Scenario.LOST_REPLY, ["paid", "by key"], happened=2)
OTHER = Scene(Scenario.CRASH, ["elsewhere"], happened=1)
RECEIPT = Mail(EffectKind.RECEIPT, "paid", Fate.KEPT, 12.0, 12.0, ["Paid. Thank you!"])
BOOKS = Books(
    sessions=[
        OnRecord("paid", "shop 1", State.COMPLETED, returning=False, order_status="paid", attempts=1),
        OnRecord("by key", "till 1", State.COMPLETED, returning=False, order_status="", attempts=1),
        OnRecord("elsewhere", "till 2", State.COMPLETED, returning=False, order_status="", attempts=1),
    ],
    charges=[Charged(session, 10.0, standing=True, was_refunded=False) for session in ("paid", "by key", "elsewhere")],
    held={},
    sights=[
        Sight("paid", "page", 9.0, 9.1, "not_taken"),
        *(Sight(session, "page in the end", 20.0, 20.1, "taken") for session in ("paid", "by key", "elsewhere")),
    ],
    mails=[RECEIPT],
    clocks={0},
    audit=[],
    events={"by key": ["evt_1", "evt_2"]},
    received={"evt_1", "evt_2"},
    stock=Stock(1000, 999, {"paid": 1}),
)
Break = Callable[[Books], Books]


def verdict(books: Books, scene: Scene = SCENE) -> tuple[Part, Part, Part]:
    """That of the scene, of the other, and of what belongs to none."""
    mine, other, afterwards = judge([scene, OTHER], books)
    return mine, other, afterwards


def broken(part: Part) -> set[Promise]:
    return {check.promise for check in part.checks if check.cases}


def test_a_shop_that_keeps_its_promises_passes_with_numbers() -> None:
    mine, other, afterwards = verdict(BOOKS)
    assert mine.passed
    assert other.passed
    assert afterwards.passed
    assert {check.promise: check.judged for check in mine.checks} == {
        Promise.PLAYED: 2,
        Promise.NEVER_TWICE: 2,
        Promise.NOTHING_LOST: 2,
        Promise.TRUE_PAGES: 3,
        Promise.TRUE_LETTERS: 1,
        Promise.MERCHANT_TOLD: 2,
        Promise.NO_FAULTS: 3,
    }
    at_last = {Promise.NOTHING_LOST, Promise.TRUE_LETTERS, Promise.STOCK_RIGHT}
    assert {check.promise for check in afterwards.checks} == at_last


def test_each_payment_is_shown_as_all_parties_have_it() -> None:
    paid, by_key = verdict(BOOKS)[0].payments
    assert (paid.session, paid.state, paid.page, paid.charges, paid.letters) == (
        "paid",
        State.COMPLETED,
        "taken",
        1,
        ["receipt: taken"],
    )
    assert (by_key.charges, by_key.letters) == (1, [])


def test_merchants_are_no_part_of_a_scenario_without_their_events() -> None:
    assert Promise.MERCHANT_TOLD not in {check.promise for check in verdict(BOOKS)[1].checks}


def charges_twice(books: Books) -> Books:
    return replace(books, charges=[*books.charges, Charged("paid", 11.0, standing=True, was_refunded=False)])


def keeps_no_order(books: Books) -> Books:
    [paid, *others] = books.sessions
    return replace(books, sessions=[replace(paid, state=State.CANCELLED, order_status="unpaid"), *others])


def stays_in_the_dark(books: Books) -> Books:
    [paid, *others] = books.sessions
    return replace(books, sessions=[replace(paid, state=State.CHECKING, order_status="open"), *others])


def forgets(books: Books) -> Books:
    return replace(books, sessions=books.sessions[1:], mails=[], charges=books.charges[1:], sights=books.sights[2:])


def has_other_books(books: Books) -> Books:
    return replace(books, audit=[("by key", "amount_wrong: session by key: 41.00 instead of 42.00")])


def lies(books: Books) -> Books:
    return replace(books, sights=[*books.sights, Sight("by key", "API", 15.0, 15.1, "not_taken")])


def lies_in_a_letter(books: Books) -> Books:
    return replace(books, mails=[RECEIPT, replace(RECEIPT, kind=EffectKind.OUTCOME, parts=["No money was taken."])])


def writes_nothing(books: Books) -> Books:
    return replace(books, mails=[])


def leaves_a_letter(books: Books) -> Books:
    return replace(books, mails=[replace(RECEIPT, fate=Fate.WAITING)])


def tells_no_merchant(books: Books) -> Books:
    return replace(books, received={"evt_1"})


@pytest.mark.parametrize(
    ("sabotage", "promise"),
    [
        (charges_twice, Promise.NEVER_TWICE),
        (keeps_no_order, Promise.NOTHING_LOST),
        (stays_in_the_dark, Promise.NOTHING_LOST),
        (forgets, Promise.NOTHING_LOST),
        (has_other_books, Promise.NOTHING_LOST),
        (lies, Promise.TRUE_PAGES),
        (lies_in_a_letter, Promise.TRUE_LETTERS),
        (writes_nothing, Promise.TRUE_LETTERS),
        (leaves_a_letter, Promise.TRUE_LETTERS),
        (tells_no_merchant, Promise.MERCHANT_TOLD),
    ],
)
def test_whoever_breaks_a_promise_fails_in_that_scenario_and_in_no_other(sabotage: Break, promise: Promise) -> None:
    mine, other, _ = verdict(sabotage(BOOKS))
    assert broken(mine) == {promise}
    assert not mine.passed
    assert other.passed


@pytest.mark.parametrize(
    ("scene", "promise"),
    [
        (replace(SCENE, happened=0), Promise.PLAYED),
        (replace(SCENE, unfinished=1), Promise.TRUE_PAGES),
        (replace(SCENE, errors=["session paid: the page answered 500"]), Promise.NO_FAULTS),
    ],
)
def test_what_the_shoppers_met_counts_too(scene: Scene, promise: Promise) -> None:
    assert broken(verdict(BOOKS, scene)[0]) == {promise}


def sells_what_is_not_there(books: Books) -> Books:
    return replace(books, stock=Stock(1000, 998, {"paid": 1}))


def charges_nobody(books: Books) -> Books:
    return replace(books, charges=[*books.charges, Charged("nobody's", 5.0, standing=True, was_refunded=False)])


def has_strange_books(books: Books) -> Books:
    return replace(books, audit=[("nobody's", "charged_not_paid: session nobody's")])


def writes_to_nobody(books: Books) -> Books:
    return replace(books, mails=[*books.mails, replace(RECEIPT, session="of nobody", problem="has come")])


@pytest.mark.parametrize(
    ("sabotage", "promise"),
    [
        (writes_to_nobody, Promise.TRUE_LETTERS),
        (sells_what_is_not_there, Promise.STOCK_RIGHT),
        (charges_nobody, Promise.NOTHING_LOST),
        (has_strange_books, Promise.NOTHING_LOST),
    ],
)
def test_what_belongs_to_no_scenario_is_judged_afterwards(sabotage: Break, promise: Promise) -> None:
    mine, other, afterwards = verdict(sabotage(BOOKS))
    assert mine.passed
    assert other.passed
    assert afterwards.name == AFTERWARDS
    assert broken(afterwards) == {promise}


def test_of_many_cases_the_first_are_kept() -> None:
    lies_often = [Sight("paid", "page", 15.0, 15.1, "not_taken")] * (KEPT + 5)
    mine, _, _ = verdict(replace(BOOKS, sights=lies_often))
    [cases] = [check.cases for check in mine.checks if check.promise is Promise.TRUE_PAGES]
    assert len(cases) == KEPT


def test_a_part_as_json_says_whether_it_passed() -> None:
    told = verdict(charges_twice(BOOKS))[0].as_json()
    assert (told["name"], told["passed"]) == ("lost_reply", False)
    assert told["checks"][1]["promise"] == "never_twice"
