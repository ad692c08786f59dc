"""The verdict over a drill's letters: what they say is held against the books of the moment in which they were sent."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from smartcart.drill import judgement, letters
from smartcart.drill.judgement import Charged, OnRecord, Sight
from smartcart.drill.letters import Mail
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.page.copy import HEADINGS, SENTENCES
from smartcart.rules.payment_states import MONEY, Money, State

PAID = "Paid. Thank you!"
NOTHING = "Nothing was taken"
LINK = "https://shop.example/resume/0123456789abcdef"
# Of these the shop writes no letter, and their words are about what a page shows.
NOT_WRITTEN_ABOUT = {State.PROCESSING, State.ACTION_REQUIRED}


def mail(
    *parts: str, came_at: float = 101.0, made_at: float = 100.9, fate: Fate = Fate.KEPT, problem: str = ""
) -> Mail:
    return Mail(EffectKind.RECEIPT, "one", fate, made_at, came_at, parts, problem)


def session(order_status: str = "paid") -> OnRecord:
    return OnRecord("one", "SC-1", State.COMPLETED, returning=False, order_status=order_status)


def charge(at: float = 100.0, standing: bool = True) -> Charged:
    return Charged("one", at, standing, was_refunded=not standing)


def untrue(written: Mail, charges: Sequence[Charged], clocks: Sequence[int] = (0,)) -> list[str]:
    return judgement.untrue(letters.sights([written], clocks), charges)


@pytest.mark.parametrize("state", sorted(set(State) - NOT_WRITTEN_ABOUT))
def test_the_page_s_own_words_are_read_as_where_the_money_is(state: State) -> None:
    assert letters.claims(mail(HEADINGS[state], SENTENCES[state])) == {MONEY[state]}


def test_what_says_nothing_of_the_money_or_cannot_be_read_is_named() -> None:
    assert letters.say_nothing([mail(PAID)]) == []
    found = letters.say_nothing([mail("Dear Ada!"), mail(problem="is not what is in 1.eml")])
    assert found == [
        "session one: the letter (receipt) says nothing of the money",
        "session one: the letter (receipt) is not what is in 1.eml",
    ]


def test_words_are_read_in_html_and_past_its_style_sheet() -> None:
    html = "<style>.paid { content: 'Paid. Thank you!' }</style><h1>Nothing\n was&#32;taken</h1>"
    assert letters.claims(mail(html)) == {Money.NOT_TAKEN}
    assert letters.claims(mail("<p>We don&#39;t know yet whether</p>")) == {Money.CHECKING}


@pytest.mark.parametrize(
    ("words", "charges", "is_untrue"),
    [
        (PAID, [charge()], False),
        (PAID, [], True),
        (PAID, [charge(at=102)], True),
        (NOTHING, [], False),
        (NOTHING, [charge(at=100.95)], False),  # it came after the letter was made
        (NOTHING, [charge()], True),
        ("Your money was returned", [charge(standing=False)], False),
        ("Your money was returned", [charge()], True),
    ],
)
def test_a_letter_that_denies_or_invents_money_that_moved_is_untrue(
    words: str, charges: Sequence[Charged], is_untrue: bool
) -> None:
    assert bool(untrue(mail(words), charges)) == is_untrue


def test_the_part_that_is_untrue_is_found_beside_one_that_is_true() -> None:
    assert untrue(mail(PAID, PAID, f"<h1>{NOTHING}</h1>"), [charge()]) != []


@pytest.mark.parametrize("ahead", [3000, -3000])
def test_a_letter_that_was_made_by_a_wrong_clock_is_judged_by_the_right_one(ahead: int) -> None:
    made = mail(NOTHING, made_at=100.9 + ahead)
    assert untrue(made, [charge(at=100.95)], [0, 3000, -3000]) == []
    assert untrue(made, [charge(at=100.85)], [0, 3000, -3000]) != []


def test_who_has_paid_and_is_asked_to_pay_is_named() -> None:
    asking = mail(NOTHING, f"Pay here: {LINK}")
    assert letters.asked_though_paid([asking], [session()], [charge()], [0]) == [
        "session one: the letter (receipt) asks to pay 0.900 s after the charge"
    ]
    assert letters.asked_though_paid([asking], [session()], [charge(at=101)], [0]) == []
    assert letters.asked_though_paid([asking], [session()], [charge(standing=False)], [0]) == []
    assert letters.asked_though_paid([mail(PAID)], [session()], [charge()], [0]) == []


def test_who_has_paid_the_same_order_by_another_session_and_is_asked_to_pay_is_named() -> None:
    other = OnRecord("two", "SC-1", State.COMPLETED, returning=False, order_status="paid")
    paid = Charged("two", 100.0, standing=True, was_refunded=False)
    assert len(letters.asked_though_paid([mail(LINK)], [session(), other], [paid], [0])) == 1


def test_an_order_that_was_charged_without_a_receipt_is_named_unless_nobody_s_address_is_known() -> None:
    assert letters.missing([session()], [charge()], [mail(PAID)]) == []
    assert letters.missing([session()], [charge()], []) == ["session one: charged, and 0 receipts"]
    assert letters.missing([session()], [charge()], [mail(PAID)] * 2) == ["session one: charged, and 2 receipts"]
    assert letters.missing([session(order_status="")], [charge()], []) == []


def test_a_letter_that_nobody_has_carried_out_is_named() -> None:
    fates = [Fate.WAITING, Fate.GIVEN_UP, Fate.KEPT]
    assert letters.left(mail(fate=each) for each in fates) == [
        "session one: the letter (receipt) waiting",
        "session one: the letter (receipt) given_up",
    ]


def ended(name: str = "one", order: str = "SC-1", attempts: int = 1, state: State = State.EXPIRED) -> OnRecord:
    return OnRecord(name, order, state, returning=False, order_status="unpaid", attempts=attempts)


def test_who_was_told_nowhere_that_a_payment_ended_unpaid_is_owed_a_letter() -> None:
    saw_it = Sight("one", "page", 100.0, 100.1, Money.NOT_TAKEN)
    saw_it_checked = Sight("one", "page", 100.0, 100.1, Money.CHECKING)
    assert letters.owed([ended()], [], [saw_it_checked]) == ["one"]
    assert letters.owed([ended()], [], [saw_it]) == []
    assert letters.owed([ended()], [charge()], []) == []
    assert letters.owed([ended(attempts=0)], [], []) == []
    assert letters.owed([ended(), ended("two", state=State.INTERRUPTED)], [], []) == []  # ordered again
    assert (
        letters.owed([OnRecord("one", "A-1", State.EXPIRED, returning=False, order_status="", attempts=1)], [], [])
        == []
    )


def test_who_is_owed_a_letter_and_has_none_that_says_so_is_named() -> None:
    assert letters.not_told(["one"], [mail(NOTHING)]) == []
    assert letters.not_told(["one"], [mail("We don't know yet")]) == [
        "session one: it ended unpaid, and neither an answer nor a letter said so"
    ]


def test_a_refund_that_stands_or_has_failed_and_is_told_by_no_letter_is_named() -> None:
    given_back, told = charge(standing=False), replace(mail("Your money was returned"), kind=EffectKind.REFUND_MADE)
    assert letters.refunds_not_told([session()], [given_back], [], [told]) == []
    assert letters.refunds_not_told([session()], [given_back], [], [mail(PAID)]) == [
        "session one: there is no letter (refund_made)"
    ]
    assert letters.refunds_not_told([session()], [charge()], ["one"], [told]) == [
        "session one: there is no letter (refund_failed)"
    ]
    assert letters.refunds_not_told([session(order_status="")], [given_back], ["one"], []) == []
