"""The verdict over a drill names every promise that was not kept, and nothing else."""

import pytest

from smartcart.drill import judgement
from smartcart.drill.judgement import Charged, OnRecord, Sight
from smartcart.rules.payment_states import OPEN, State


def session(
    name: str = "one",
    state: State = State.COMPLETED,
    order: str = "SC-1",
    status: str = "paid",
    returning: bool = False,
) -> OnRecord:
    return OnRecord(name, order, state, returning, status)


def charge(name: str = "one", at: float = 100.0, standing: bool = True) -> Charged:
    return Charged(name, at, standing, was_refunded=not standing)


def sight(money: str, asked_at: float, told_at: float | None = None) -> Sight:
    return Sight("one", "page", asked_at, asked_at + 0.1 if told_at is None else told_at, money)


def test_an_order_that_was_paid_once_is_in_order() -> None:
    assert judgement.charged_twice([session()], [charge()]) == []
    assert judgement.lost([session()], [charge()]) == []
    assert judgement.stuck([session()]) == []


def test_two_charges_of_a_session_are_charged_twice() -> None:
    found = judgement.charged_twice([session()], [charge(), charge()])
    assert found == ["order SC-1: 2 charges stand, of the sessions one, one"]


def test_two_sessions_of_an_order_that_are_both_charged_are_charged_twice() -> None:
    both = [session("one"), session("two")]
    assert len(judgement.charged_twice(both, [charge("one"), charge("two")])) == 1
    assert judgement.charged_twice(both, [charge("one"), charge("two", standing=False)]) == []


def test_orders_of_two_shops_may_have_the_same_number() -> None:
    both = [session("one", order="shop-a SC-1"), session("two", order="shop-b SC-1")]
    assert judgement.charged_twice(both, [charge("one"), charge("two")]) == []


@pytest.mark.parametrize("state", sorted(set(State) - {State.COMPLETED}))
def test_a_charge_that_stands_and_paid_nothing_is_lost(state: State) -> None:
    assert judgement.lost([session(state=state, status="")], [charge()]) == [f"session one: charged, and still {state}"]


def test_a_charge_that_was_given_back_is_not_lost() -> None:
    assert judgement.lost([session(state=State.REFUNDED)], [charge(standing=False)]) == []


def test_a_charge_of_nobodys_session_is_lost() -> None:
    assert judgement.lost([], [charge()]) == ["session one: charged, and unknown to the shop"]


def test_a_charge_whose_order_is_not_paid_is_lost() -> None:
    assert "its order unpaid" in judgement.lost([session(status="unpaid")], [charge()])[0]


def test_a_charge_that_was_to_be_given_back_and_was_not_is_lost_and_stuck() -> None:
    waiting = session(returning=True, status="unpaid")
    assert len(judgement.lost([waiting], [charge()])) == 1
    assert len(judgement.stuck([waiting])) == 1


@pytest.mark.parametrize("state", State)
def test_a_session_that_has_not_ended_is_stuck(state: State) -> None:
    assert len(judgement.stuck([session(state=state)])) == (1 if state in OPEN else 0)


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        (sight("not_taken", 100.5), "0.500 s after the charge"),
        (sight("not_taken", 99.9), ""),  # asked before the charge, whenever the answer came
        (sight("checking", 100.5), ""),
        (sight("taken", 100.5), ""),
        (sight("taken", 99.9, 100.5), ""),  # the charge came while the answer was on its way
        (sight("taken", 99.0, 99.5), "and nothing was charged"),
        (sight("returned", 100.5), "and nothing was given back"),
    ],
)
def test_a_page_that_denies_or_invents_a_charge_is_untrue(seen: Sight, wrong: str) -> None:
    found = judgement.untrue([seen], [charge()])
    assert found == ([f"session one: the page said {seen.money}, {wrong}"] if wrong else [])


@pytest.mark.parametrize(
    ("held", "charges", "wrong"),
    [
        ({"s": 50.0}, [], 0),
        ({}, [], 1),
        ({"s": 150.0}, [], 1),
        ({"s": 50.0}, [100.0], 1),
        ({"s": 50.0}, [102.0], 0),
    ],
)
def test_that_a_sum_is_set_aside_is_true_from_then_on_until_it_is_taken(
    held: dict[str, float], charges: list[float], wrong: int
) -> None:
    seen = judgement.Sight("s", "page", 101.0, 102.0, "reserved")
    taken = [judgement.Charged("s", at, standing=True, was_refunded=False) for at in charges]
    assert len(judgement.untrue([seen], taken, held)) == wrong


def test_a_page_that_tells_of_money_where_none_moved_is_untrue() -> None:
    assert len(judgement.untrue([sight("taken", 1), sight("returned", 1), sight("not_taken", 1)], [])) == 2


def test_a_page_that_said_returned_before_the_refund_failed_was_true() -> None:
    came_back = Charged("one", 100.0, standing=True, was_refunded=True)
    assert judgement.untrue([sight("returned", 101)], [came_back]) == []


@pytest.mark.parametrize(
    ("state", "refunded", "refund_failed", "missed"),
    [
        (State.COMPLETED, 0, 4200, False),
        (State.REFUNDED, 4200, 0, True),
        (State.COMPLETED, 4200, 0, True),
        (State.COMPLETED, 0, 0, True),
    ],
)
def test_a_refund_that_failed_and_is_not_told_is_named(
    state: State, refunded: int, refund_failed: int, missed: bool
) -> None:
    found = OnRecord(
        "one", "1", state, returning=False, order_status="paid", refunded=refunded, refund_failed=refund_failed
    )
    assert len(judgement.refund_failures_missed(["one"], [found])) == missed


def open_session(state: State, attempts: int, never_left: int = 0) -> OnRecord:
    return OnRecord("one", "1", state, returning=False, order_status="open", attempts=attempts, never_left=never_left)


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (open_session(State.CHECKING, 1), open_session(State.CHECKING, 1), False),
        (open_session(State.PROCESSING, 1), open_session(State.CHECKING, 1), False),
        (open_session(State.INTERRUPTED, 1), open_session(State.PROCESSING, 2), True),
        (open_session(State.CHECKING, 1), open_session(State.FAILED, 1), True),
        (open_session(State.CREATED, 0), open_session(State.EXPIRED, 0), False),  # it belongs to no account yet
        (open_session(State.PROCESSING, 1, never_left=1), open_session(State.EXPIRED, 1, never_left=1), False),
        (open_session(State.PROCESSING, 2, never_left=1), open_session(State.EXPIRED, 2, never_left=1), True),
    ],
)
def test_what_was_tried_and_moves_while_the_shop_works_with_other_books_is_named(
    before: OnRecord, after: OnRecord, moved: bool
) -> None:
    assert len(judgement.moved_elsewhere([before], [after])) == moved


@pytest.mark.parametrize(
    ("found", "done"),
    [
        (open_session(State.CREATED, 0), False),
        (open_session(State.EXPIRED, 0), False),
        (open_session(State.EXPIRED, 1), True),
        (open_session(State.CANCELLED, 0), True),
    ],
)
def test_what_a_post_that_was_cut_short_has_done_is_named(found: OnRecord, done: bool) -> None:
    assert len(judgement.done_by_cut_posts(["one"], [found])) == done
    assert judgement.done_by_cut_posts([], [found]) == []


def test_a_page_that_says_returned_after_the_refund_is_true() -> None:
    assert judgement.untrue([sight("returned", 101)], [charge(standing=False)]) == []


def test_stock_that_is_missing_or_came_back_twice_is_wrong() -> None:
    ordered = {"paid": 3, "unpaid": 50, "refunded": 1}
    assert judgement.stock_wrong(100, 96, ordered) == []
    assert judgement.stock_wrong(100, 95, ordered) == ["100 were put there and 4 are ordered, but 95 are left"]
    assert len(judgement.stock_wrong(100, 97, ordered)) == 1


def test_a_payment_that_failed_by_attempts_that_never_reached_the_gateway_is_named() -> None:
    ended = [
        OnRecord("a", "1", State.FAILED, returning=False, order_status="unpaid", attempts=5, unsent=2),
        OnRecord("b", "2", State.FAILED, returning=False, order_status="unpaid", attempts=5, unsent=3),
        OnRecord("c", "3", State.INTERRUPTED, returning=False, order_status="open", attempts=5, unsent=5),
    ]
    assert judgement.ended_by_an_outage(ended, 3) == ["session b: failed after 5 attempts, of which 3 do not count"]
