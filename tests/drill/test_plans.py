"""What happens in a drill is drawn from its seed."""

from smartcart.drill.plans import LEAST_OFF, METHODS, MOST_OFF, Act, AtTheBank, kills, plans
from smartcart.gateways.sandbox.gateway import BEHAVIOURS


def test_the_same_seed_repeats_the_choices_and_another_does_not() -> None:
    assert plans(7, 50) == plans(7, 50)
    assert plans(7, 50) != plans(8, 50)
    assert kills(7, 20, 200, 5) == kills(7, 20, 200, 5)
    assert kills(7, 20, 200, 5) != kills(8, 20, 200, 5)


def test_more_payments_change_nothing_about_the_first() -> None:
    assert plans(7, 50) == plans(7, 100)[:50]


def test_every_method_of_the_sandbox_is_played() -> None:
    drawn = plans(7, len(METHODS))
    assert {plan.tries[0].method for plan in drawn} == set(BEHAVIOURS)


def test_everything_that_shoppers_do_is_played_in_a_drill_of_200() -> None:
    tries = [one for plan in plans(7, 200) for one in plan.tries]
    assert {one.act for one in tries} == set(Act)
    assert {one.at_the_bank for one in tries} == set(AtTheBank)
    assert {plan.by_key for plan in plans(7, 200)} == {True, False}


def test_kills_are_spread_over_the_drill_and_over_the_processes() -> None:
    drawn = kills(7, 50, 200, 5)
    assert len(drawn) == 50
    assert {kill.process for kill in drawn} == set(range(5))
    assert all(number * 4 <= kill.after <= (number + 1) * 4 for number, kill in enumerate(drawn))


def test_a_wrong_clock_is_set_right_by_the_next_kill_and_none_is_left_in_the_end() -> None:
    clocks = [kill.clock for kill in kills(7, 200, 2000, 5)]
    wrong = [number for number, clock in enumerate(clocks) if clock]
    assert len(wrong) == 20
    assert all(LEAST_OFF <= abs(clocks[number]) <= MOST_OFF and not clocks[number + 1] for number in wrong)
    assert {clocks[number] > 0 for number in wrong} == {True, False}
    assert [kill.clock for kill in kills(7, 2, 200, 5)] == [0, 0]


def test_the_books_of_the_gateway_are_switched_now_and_then() -> None:
    assert [number for number, kill in enumerate(kills(7, 100, 1000, 5)) if kill.is_switch] == [2, 42, 82]


def test_one_in_twenty_posts_nothing_that_arrives_whole() -> None:
    assert sum(plan.is_cut_short for plan in plans(7, 200)) == 10
