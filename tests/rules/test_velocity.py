"""What fraud rules count, in a window that slides, and what they do about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.precautions import Precaution
from smartcart.rules.velocity import (
    FAR_ABOVE,
    Action,
    By,
    Judgement,
    Measure,
    Rule,
    Sighting,
    judge,
    met_until,
    reached_until,
    reaches,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ATTEMPT = Sighting(NOW, "ada", "ada@", "192.0.2.1", "a card", 4200, "EUR", "DE")
RULE = Rule("Three in ten minutes", By.ADDRESS, Measure.ATTEMPTS, number=3, within=600, action=Action.SLOW)
DECLINED, APPROVED = OutcomeKind.DECLINED, OutcomeKind.APPROVED


def seen(*seconds_ago: float, outcome: OutcomeKind | None = DECLINED, **more: object) -> list[Sighting]:
    return [
        ATTEMPT._replace(**{"at": NOW - timedelta(seconds=ago), "card": f"card {ago}", "outcome": outcome, **more})
        for ago in seconds_ago
    ]


def is_met(rule: Rule, before: list[Sighting], attempt: Sighting = ATTEMPT) -> bool:
    return met_until(rule, attempt, before) is not None


def judged(*rules: Rule, before: list[Sighting], stranger: bool = True) -> Judgement:
    return judge(rules, ATTEMPT, dict.fromkeys(By, before), lambda: stranger)


def test_a_rule_is_met_by_who_comes_after_so_many() -> None:
    assert not is_met(RULE, seen(1, 2))
    assert is_met(RULE, seen(1, 2, 3))


def test_what_is_older_than_the_window_does_not_count() -> None:
    assert is_met(RULE, seen(1, 2, 599))
    assert not is_met(RULE, seen(1, 2, 600))


def test_who_has_to_wait_waits_until_the_window_has_slid_and_no_longer() -> None:
    before = seen(10, 20, 300, 400)
    until = judged(RULE, before=before).until
    assert until == NOW + timedelta(seconds=300)
    later = ATTEMPT._replace(at=until)
    assert not is_met(RULE, before, later)
    assert is_met(RULE, before, later._replace(at=until - timedelta(seconds=1)))


@given(some.lists(some.integers(0, 1200), max_size=30), some.integers(1, 10))
def test_a_wait_ends_in_the_very_second_in_which_the_rule_is_not_met_any_more(ages: list[int], number: int) -> None:
    rule, before = replace(RULE, number=number), seen(*sorted(ages))
    until = met_until(rule, ATTEMPT, before)
    if until is not None:
        assert until > NOW
        assert not is_met(rule, before, ATTEMPT._replace(at=until))
        assert is_met(rule, before, ATTEMPT._replace(at=until - timedelta(microseconds=1)))


def test_one_card_that_is_declined_again_and_again_is_one_card() -> None:
    rule = replace(RULE, measure=Measure.DECLINED_CARDS)
    assert not is_met(rule, seen(1, 2, 3, 4, card="the same"))
    assert is_met(rule, seen(1, 2, 3))
    assert not is_met(rule, seen(1, 2, 3, outcome=APPROVED))


def test_what_is_not_known_is_nobody_in_common() -> None:
    assert not is_met(replace(RULE, measure=Measure.CARDS, number=1), seen(1, 2, 3, card=""))
    assert not is_met(replace(RULE, measure=Measure.COUNTRIES, number=1), seen(1, 2, 3, country=""))


def test_declines_can_be_counted_by_their_codes() -> None:
    rule = replace(RULE, measure=Measure.DECLINES, codes=("stolen_card",))
    assert not is_met(rule, seen(1, 2, 3, code="insufficient_funds"))
    assert is_met(rule, seen(1, 2, 3, code="stolen_card"))


def test_many_shoppers_of_one_card_are_told_apart() -> None:
    rule = replace(RULE, measure=Measure.SHOPPERS, number=2)
    assert not is_met(rule, seen(1, 2, 3))
    assert is_met(rule, [*seen(1, 2), *seen(3, shopper="bob")])


def test_a_share_of_declines_spares_who_share_an_address_and_mostly_pay() -> None:
    rule = replace(RULE, measure=Measure.DECLINED_CARDS, share=60)
    assert is_met(rule, [*seen(1, 2, 3), *seen(4, 5, outcome=APPROVED)])
    assert not is_met(rule, [*seen(1, 2, 3), *seen(4, 5, 6, outcome=APPROVED)])


def test_what_nobody_knows_the_outcome_of_is_no_part_of_a_share() -> None:
    rule = replace(RULE, measure=Measure.DECLINED_CARDS, share=100)
    assert is_met(rule, [*seen(1, 2, 3), *seen(4, 5, outcome=None)])


def test_a_rule_on_small_sums_sees_no_large_one() -> None:
    rule, small = replace(RULE, largest=500), ATTEMPT._replace(amount=300)
    assert is_met(rule, seen(1, 2, 3, amount=300), small)
    assert not is_met(rule, seen(1, 2, 3, amount=300))
    assert not is_met(rule, seen(1, 2, 3), small)
    assert not is_met(replace(RULE, smallest=500), seen(1, 2, 3, amount=300), small)


def test_a_rule_for_some_countries_sees_no_others() -> None:
    assert is_met(replace(RULE, countries=("FR", "DE")), seen(1, 2, 3))
    assert not is_met(replace(RULE, countries=("FR",)), seen(1, 2, 3))


def test_a_sum_is_what_was_paid_and_is_to_be_paid_now_in_one_currency() -> None:
    rule = replace(RULE, measure=Measure.SUM, number=10_000)
    assert not is_met(rule, seen(1, outcome=APPROVED))
    assert is_met(rule, seen(1, 2, outcome=APPROVED))
    assert not is_met(rule, seen(1, 2, outcome=DECLINED))
    assert not is_met(rule, seen(1, 2, outcome=APPROVED, currency="USD"))
    assert met_until(replace(rule, number=4000), ATTEMPT, []) == NOW + timedelta(seconds=600)


def test_who_has_paid_before_is_spared_by_rules_for_strangers() -> None:
    rule = replace(RULE, strangers=True)
    assert judged(rule, before=seen(1, 2, 3)).action is Action.SLOW
    assert judged(rule, before=seen(1, 2, 3), stranger=False) == Judgement()


def test_the_weightiest_of_what_matches_wins_and_all_of_it_is_told() -> None:
    rules = [replace(RULE, name=action, action=action) for action in Action]
    found = judged(*rules, before=seen(1, 2, 3))
    assert (found.action, found.until) == (Action.REFUSE, None)
    assert found.reason == "refuse: refuse; slow; hold; confirm; note"


@pytest.mark.parametrize("fewer", range(1, len(Action)))
def test_their_weight_is_note_confirm_hold_slow_refuse(fewer: int) -> None:
    rules = [replace(RULE, action=action) for action in list(Action)[:fewer]]
    assert judged(*rules, before=seen(1, 2, 3)).action is list(Action)[fewer - 1]


def test_no_rule_makes_another_milder() -> None:
    """Who has to wait waits, though the bank may ask; and is asked after that. What is set aside may be asked for."""
    confirm, hold, slow = (replace(RULE, action=action) for action in (Action.CONFIRM, Action.HOLD, Action.SLOW))
    assert judged(confirm, slow, before=seen(1, 2, 3)).until
    both = judged(confirm, hold, before=seen(1, 2, 3))
    assert (both.action, both.precaution) == (Action.HOLD, Precaution(confirm=True, set_aside=True))


def test_of_two_waits_the_longer_one_counts() -> None:
    found = judged(RULE, replace(RULE, within=3600), before=seen(1, 2, 3))
    assert found.until == NOW + timedelta(seconds=3597)


def test_a_rule_that_is_off_does_nothing_and_looks_at_nothing() -> None:
    off = replace(RULE, is_on=False)
    assert judged(off, before=seen(1, 2, 3)) == Judgement()
    assert reaches([off])[By.ADDRESS] == (0, 0, 0)


def test_rules_look_as_far_as_the_furthest_of_them() -> None:
    assert reaches([RULE, replace(RULE, within=60, number=7)])[By.ADDRESS][:2] == (600, 35)
    assert reaches([replace(RULE, measure=Measure.SUM, number=70_000)])[By.ADDRESS][:2] == (600, 500)


def test_where_one_counts_something_else_than_declines_it_may_be_met_without_any() -> None:
    declines, cards = replace(RULE, measure=Measure.DECLINES, number=7), replace(RULE, measure=Measure.DECLINED_CARDS)
    assert reaches([declines, cards])[By.ADDRESS].fewest_declines == 3
    assert reaches([declines, replace(RULE, measure=Measure.ATTEMPTS)])[By.ADDRESS].fewest_declines == 0


def test_the_whole_shop_is_under_attack_only_far_above_what_is_usual() -> None:
    rule = replace(RULE, by=By.SHOP)
    usual = 1 / 600  # one in the window
    until = reached_until(rule, ATTEMPT, seen(*range(FAR_ABOVE)), usual)
    assert until
    assert reached_until(rule, ATTEMPT, seen(*range(FAR_ABOVE - 1)), usual) is None
    assert judge([], ATTEMPT, {}, lambda: True, [(rule, until)]).action is Action.SLOW
    assert judge([], ATTEMPT._replace(at=until), {}, lambda: True, [(rule, until)]) == Judgement()
