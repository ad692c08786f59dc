"""The shop's books held against the gateway's."""

from collections.abc import Iterator

import pytest

from smartcart.database.session import db
from smartcart.gateways.books import Charge
from smartcart.gateways.sandbox.requests import Effect, Request
from smartcart.payments.core import record
from smartcart.payments.core.refund_model import new_id
from smartcart.payments.flow import gateway_calls
from smartcart.payments.reconciliation.report import audit, ours
from smartcart.payments.refunds import calls, transitions
from smartcart.rules.outcomes import APPROVED, TIMED_OUT
from smartcart.rules.payment_states import Move
from smartcart.rules.verdicts import Verdict
from tests.payments.opened import DECLINED, begin, open_session, settle, write_down
from tests.payments.scripted import Scripted

pytestmark = pytest.mark.usefixtures("scripted_shop")


def pay(session_id: str, method: str) -> None:
    gateway_calls.charge(write_down(session_id, method))


@pytest.mark.parametrize("method", ["sandbox_approve", "sandbox_decline", "sandbox_unreachable", "sandbox_challenge"])
def test_there_is_nothing_to_say_of_books_that_agree(method: str) -> None:
    open_session()
    pay(open_session(), method)
    assert audit().differences == []


def test_it_tells_how_many_payments_were_compared() -> None:
    for _ in range(3):
        open_session()
    heard: list[int] = []
    audit(heard.append)
    assert heard == [3]


def test_it_counts_what_it_has_compared_also_when_all_is_well() -> None:
    open_session()
    pay(open_session(), "sandbox_approve")
    pay(given_back := open_session(), "sandbox_approve")
    transitions.request(given_back, 100, "", "admin", refund := new_id())
    calls.make(refund, "admin")
    done = audit()
    assert (done.differences, done.sessions, done.charges, done.refunds) == ([], 3, 2, 1)


def test_what_is_paid_and_not_charged_is_named() -> None:
    session_id = open_session()
    settle(begin(session_id), APPROVED)
    [difference] = audit().differences
    assert (difference.session, difference.verdict) == (session_id, Verdict.PAID_NOT_CHARGED)


def test_what_is_charged_and_not_paid_is_named() -> None:
    session_id = open_session()
    charge = write_down(session_id, "sandbox_lost_reply")
    gateway_calls.charge(charge)
    assert audit().differences == []  # it is being checked
    settle(charge.attempt_id, DECLINED)
    [difference] = audit().differences
    assert (difference.session, difference.verdict) == (session_id, Verdict.CHARGED_NOT_PAID)


def test_a_charge_of_a_session_that_the_shop_does_not_have_is_named(gateway: Scripted) -> None:
    reference = gateway.ledger.open("a session of yesterday", 100, "EUR")
    gateway.ledger.request(reference, 1, Request(Effect.CHARGE, gateway.ledger.now(), "", ""))
    [difference] = audit().differences
    assert (difference.session, difference.verdict) == ("a session of yesterday", Verdict.CHARGED_NOT_PAID)


def test_a_session_that_moves_while_the_books_are_read_is_not_judged(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    settle(attempt_id, TIMED_OUT)
    settle(attempt_id, DECLINED)
    read = gateway.charges

    def meanwhile() -> Iterator[Charge]:
        charges = list(read())
        gateway_calls.charge(write_down(session_id, "sandbox_approve"))
        return iter(charges)

    monkeypatch.setattr(gateway, "charges", meanwhile)
    assert audit().differences == []


def test_a_charge_that_comes_while_the_books_are_read_is_not_judged(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = open_session()
    read = gateway.charges

    def meanwhile() -> Iterator[Charge]:
        gateway_calls.charge(write_down(session_id, "sandbox_approve"))
        return read()

    monkeypatch.setattr(gateway, "charges", meanwhile)
    assert audit().differences == []


def test_no_transaction_is_open_however_long_it_takes_to_read_the_gateways_books(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, open_transactions = gateway.charges, []

    def charges() -> Iterator[Charge]:
        open_transactions.append(db.session().in_transaction())
        return read()

    monkeypatch.setattr(gateway, "charges", charges)
    audit()
    assert open_transactions == [False]


def test_what_was_given_up_and_never_charged_agrees() -> None:
    session_id = open_session()
    record.end(session_id, Move.CANCEL, "shopper")
    assert audit().differences == []


def test_sums_of_refunds_that_are_under_way_are_whole_numbers() -> None:
    session_id = open_session()
    pay(session_id, "sandbox_approve")
    for amount in (100, 200):
        transitions.request(session_id, amount, "", "admin", new_id())
    requested = ours()[session_id].requested
    assert (requested, type(requested)) == (300, int)
