"""What to say to who calls: for every truth there is a sentence, and beside a payment only what fits its own."""

from collections.abc import Callable

import pytest

from smartcart.admin.support.calls import CALLS, TRUTHS, that_fit
from smartcart.payments.core import queries
from smartcart.payments.flow import desk
from smartcart.rules.outcomes import CRASHED
from smartcart.rules.payment_states import MONEY, Money, State
from tests.admin.browser import AdminBrowser
from tests.payments.opened import begin, open_session, settle
from tests.payments.paying import pay_new_session, set_aside
from tests.support.waiting import wait_for


def test_nobody_outside_reads_it(somebody: AdminBrowser) -> None:
    for path in ("/admin/support", f"/admin/support/{open_session()}"):
        assert somebody.get(path).status_code == 303


def test_there_is_a_sentence_for_every_truth_about_the_money() -> None:
    assert TRUTHS.keys() == set(MONEY.values())


@pytest.mark.parametrize("money", Money)
def test_whatever_the_money_s_truth_there_are_calls_that_fit_and_none_that_does_not(money: Money) -> None:
    fitting = that_fit(money)
    assert fitting
    assert {answer.money for call in fitting for answer in call.answers} <= {money, None}
    assert any(answer.money is money for call in fitting for answer in call.answers)


@pytest.mark.parametrize("money", sorted(set(Money) - {Money.NOT_TAKEN}))
def test_nothing_says_that_no_money_was_taken_unless_none_was(money: Money) -> None:
    said = [answer.say.lower() for call in that_fit(money) for answer in call.answers]
    untrue = ("no money was taken", "nothing of that sum", "took no money", "no money has")
    assert [each for each in said if any(words in each for words in untrue)] == []


def test_nobody_is_told_of_taken_money_or_asked_to_pay_while_it_is_being_checked() -> None:
    said = [answer.say for call in CALLS for answer in call.answers if answer.money is Money.CHECKING]
    assert said
    assert not [each for each in said if "was taken once" in each or "no money was taken" in each.lower()]


def _in_the_dark() -> str:
    session = open_session()
    settle(begin(session), CRASHED)
    return session


def _given_back() -> str:
    session = pay_new_session()
    desk.refund(session, "admin")
    wait_for(lambda: queries.find(session).state is State.REFUNDED)
    return session


@pytest.mark.parametrize(
    ("bring_about", "money"),
    [
        (open_session, Money.NOT_TAKEN),
        (_in_the_dark, Money.CHECKING),
        (lambda: set_aside(open_session()), Money.RESERVED),
        (pay_new_session, Money.TAKEN),
        (_given_back, Money.RETURNED),
    ],
)
def test_beside_a_payment_stands_the_sentence_of_its_own_truth(
    admin: AdminBrowser, bring_about: Callable[[], str], money: Money
) -> None:
    session = bring_about()
    page = admin.read(f"/admin/support/{session}")
    assert f"Say: {TRUTHS[money].say}" in page
    others = [truth.say for other, truth in TRUTHS.items() if other is not money]
    assert not [each for each in others if f"Say: {each}" in page]


def test_a_payment_s_page_leads_there(admin: AdminBrowser) -> None:
    session = open_session()
    assert f'href="/admin/support/{session}"' in admin.get(f"/admin/sessions/{session}").text
    assert "Somebody calls about" in admin.read(f"/admin/support/{session}")


def test_of_a_payment_that_is_none_there_is_no_page(admin: AdminBrowser) -> None:
    assert admin.get("/admin/support/nowhere").status_code == 404
