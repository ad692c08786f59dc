"""What every gateway promises about money that goes back, and about its books."""

from dataclasses import replace
from datetime import timedelta

from smartcart.gateways.books import Balance, RefundAnswer
from smartcart.gateways.protocol import Handle
from tests.gateways.counter import Counter


def sums(balance: Balance) -> Balance:
    return replace(balance, refunds=())


def test_the_balance_lists_every_refund_with_what_became_of_it(counter: Counter) -> None:
    handle = counter.paid()
    for amount in (1000, 200):
        counter.gateway.refund(handle, amount, f"refund of {amount}")
    listed = counter.gateway.balance(handle).refunds
    assert [(each.key, each.amount, each.answer) for each in listed] == [
        ("refund of 1000", 1000, RefundAnswer.MADE),
        ("refund of 200", 200, RefundAnswer.MADE),
    ]
    assert len({each.name for each in listed}) == 2


def test_a_refund_that_was_made_and_failed_later_is_in_the_books_as_refused(counter: Counter) -> None:
    handle = counter.paid()
    counter.gateway.refund(handle, 1000, "it comes back")
    counter.gateway.refund(handle, 200, "it stays")
    counter.fail_refund(handle, "it comes back")
    balance = counter.gateway.balance(handle)
    assert (balance.charged, balance.refunded, balance.pending) == (4200, 200, 0)
    assert [each.answer for each in balance.refunds] == [RefundAnswer.REFUSED, RefundAnswer.MADE]
    assert counter.gateway.refund(handle, 1000, "it comes back") is RefundAnswer.REFUSED
    assert counter.refunded() == [200]


def test_a_refund_gives_everything_back(counter: Counter) -> None:
    handle = counter.paid()
    assert counter.gateway.refund(handle, 4200, "all") is RefundAnswer.MADE
    assert counter.refunded() == [4200]


def test_refunds_in_part_add_up(counter: Counter) -> None:
    handle = counter.paid()
    answers = [counter.gateway.refund(handle, amount, f"refund of {amount}") for amount in (1000, 200)]
    assert answers == [RefundAnswer.MADE] * 2
    assert counter.refunded() == [1200]
    assert sums(counter.gateway.balance(handle)) == Balance(charged=4200, refunded=1200)


def test_a_refund_asked_for_again_gives_back_once(counter: Counter) -> None:
    handle = counter.paid()
    answers = [counter.gateway.refund(handle, 1000, "the same") for _ in range(3)]
    assert answers == [RefundAnswer.MADE] * 3
    assert counter.refunded() == [1000]


def test_never_more_goes_back_than_was_charged(counter: Counter) -> None:
    handle = counter.paid()
    counter.gateway.refund(handle, 4000, "most of it")
    assert counter.gateway.refund(handle, 201, "too much") is RefundAnswer.REFUSED
    assert counter.refunded() == [4000]
    assert counter.gateway.refund(handle, 200, "the rest") is RefundAnswer.MADE
    assert counter.gateway.refund(handle, 1, "one more") is RefundAnswer.REFUSED
    assert counter.refunded() == [4200]


def test_all_of_a_charge_asked_for_again_is_made_and_not_refused(counter: Counter) -> None:
    handle = counter.paid()
    answers = [counter.gateway.refund(handle, 4200, "all") for _ in range(2)]
    assert answers == [RefundAnswer.MADE] * 2


def test_what_was_given_back_is_not_charged_again(counter: Counter) -> None:
    handle = counter.paid()
    counter.gateway.refund(handle, 4200, "all")
    counter.charge(handle, counter.approve, attempt=2)
    assert [(charge.amount, charge.refunded) for charge in counter.gateway.charges()] == [(4200, 4200)]


def test_what_was_not_charged_cannot_be_given_back(counter: Counter) -> None:
    assert counter.gateway.refund(counter.handle(), 4200, "all") is RefundAnswer.REFUSED


def test_the_balance_of_what_was_not_charged_is_nothing(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.gateway.balance(handle) == Balance(0, 0)
    counter.charge(handle, counter.decline)
    assert counter.gateway.balance(handle) == Balance(0, 0)
    assert counter.gateway.balance(Handle("never opened", None, 4200, "EUR")) == Balance(0, 0)


def test_the_balance_is_found_though_its_reference_was_lost(counter: Counter) -> None:
    handle = counter.paid()
    assert sums(counter.gateway.balance(replace(handle, reference=None))) == Balance(4200, 0)


def test_a_disputed_charge_is_marked_until_the_dispute_is_won(counter: Counter) -> None:
    handle = counter.paid()
    assert [charge.disputed for charge in counter.gateway.charges()] == [False]
    counter.dispute(handle, "open")
    assert [charge.disputed for charge in counter.gateway.charges()] == [True]
    assert counter.gateway.balance(handle) == Balance(4200, 0, disputed=4200)
    counter.dispute(handle, "won")
    assert counter.gateway.balance(handle) == Balance(4200, 0)


def test_a_lost_dispute_is_money_that_went_back(counter: Counter) -> None:
    handle = counter.paid()
    counter.dispute(handle, "open")
    counter.dispute(handle, "lost")
    assert counter.gateway.balance(handle) == Balance(4200, 0, disputed=0, lost=4200)


def test_the_books_since_a_moment_leave_out_what_was_charged_before(counter: Counter) -> None:
    counter.paid("first")
    [first] = counter.gateway.charges()
    counter.wait()
    counter.paid("second")
    since = first.charged_at + timedelta(seconds=1)
    assert [charge.session for charge in counter.gateway.charges(since)] == ["second"]


def test_the_books_since_a_moment_have_the_older_charges_that_were_given_back_or_disputed(counter: Counter) -> None:
    returned, disputed, _ = [counter.paid(session) for session in ("returned", "disputed", "neither")]
    latest = max(charge.charged_at for charge in counter.gateway.charges())
    counter.wait()
    counter.gateway.refund(returned, 1000, "later")
    counter.dispute(disputed, "open")
    since = latest + timedelta(seconds=1)
    assert {charge.session for charge in counter.gateway.charges(since)} == {"returned", "disputed"}


def test_the_books_list_every_charge_by_session(counter: Counter) -> None:
    for session in ("second", "Zeroth", "first"):
        counter.charge(counter.handle(session), counter.approve)
    charges = list(counter.gateway.charges())
    assert [charge.session for charge in charges] == ["Zeroth", "first", "second"]
    assert all(charge.charged_at.tzinfo for charge in charges)
