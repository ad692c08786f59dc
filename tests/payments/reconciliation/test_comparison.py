"""The gateway's recent charges held against the shop's books by a job."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from smartcart import clock
from smartcart.database.session import db
from smartcart.gateways.books import Charge
from smartcart.gateways.protocol import GatewayError
from smartcart.gateways.sandbox.requests import Effect, Request
from smartcart.payments.core import findings, queries
from smartcart.payments.flow import gateway_calls
from smartcart.payments.reconciliation import comparison, resolutions
from smartcart.payments.refunds import calls as refunds
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import Move, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.payments.opened import begin, open_session, order_of, settle, time_passes, write_down
from tests.payments.paying import given_back, pay_new_session
from tests.payments.scripted import Scripted
from tests.support.databases import in_transaction

pytestmark = pytest.mark.usefixtures("scripted_shop")


def verdicts() -> list[Verdict]:
    db.session.rollback()
    return sorted(finding.verdict for finding in findings.open_ones())


def charge(gateway: Scripted, session_id: str) -> None:
    """A charge that the gateway makes on its own, though it had closed the session's reference."""
    known = queries.find(session_id)
    reference = known.reference or gateway.ledger.open(session_id, known.amount, known.currency)
    with gateway.ledger._writing() as ledger:
        ledger.execute("insert into charge values (?, 1, ?, 0)", (reference, gateway.ledger.now()))


def ended(gateway: Scripted, stock: int = 5) -> str:
    """A session that was declined and cancelled, and that the gateway charged all the same."""
    session_id = open_session(stock=stock)
    gateway_calls.charge(write_down(session_id, "sandbox_decline"))
    gateway_calls.close(session_id, Move.CANCEL, "shopper")
    assert queries.find(session_id).state is State.CANCELLED
    return session_id


def test_of_books_that_agree_there_is_nothing_to_say() -> None:
    pay_new_session()
    open_session()
    assert comparison.run() == 1
    assert verdicts() == []


def test_money_that_nobody_told_of_pays_the_order_and_is_shown(gateway: Scripted) -> None:
    session_id = ended(gateway)
    charge(gateway, session_id)
    comparison.run()
    assert queries.find(session_id).state is State.COMPLETED
    assert order_of(session_id).status is OrderStatus.PAID
    assert verdicts() == [Verdict.LATE_MONEY]


def test_money_for_what_is_sold_out_goes_back_once_and_is_shown(gateway: Scripted) -> None:
    session_id = ended(gateway, stock=1)
    open_session("somebody quicker")
    charge(gateway, session_id)
    for _ in range(2):
        comparison.run()
    [refund] = transitions.of_session(session_id)
    refunds.make(refund.id, "reconciler")
    assert queries.find(session_id).state is State.REFUNDED
    assert given_back(gateway) == 4200
    comparison.run()
    assert verdicts() == [Verdict.LATE_MONEY]


def test_money_that_cannot_be_settled_by_asking_is_noted_once(gateway: Scripted) -> None:
    session_id = ended(gateway)
    charge(gateway, session_id)
    gateway.instead["ask"] = GatewayError("down")
    for _ in range(3):
        comparison.run()
        time_passes(600)
    [finding] = findings.open_ones()
    assert (finding.verdict, finding.session, finding.amount) == (Verdict.CHARGED_NOT_PAID, session_id, 4200)
    assert finding.last_seen_at - finding.first_seen_at == timedelta(seconds=1200)
    del gateway.instead["ask"]
    comparison.run()
    assert verdicts() == [Verdict.LATE_MONEY]


def test_a_charge_of_a_session_nobody_knows_is_noted(gateway: Scripted) -> None:
    reference = gateway.ledger.open("a session of yesterday", 100, "EUR")
    gateway.ledger.request(reference, 1, Request(Effect.CHARGE, gateway.ledger.now(), "", ""))
    comparison.run()
    [finding] = findings.open_ones()
    assert (finding.session, finding.reference, finding.amount) == ("a session of yesterday", reference, 100)


def test_a_charge_of_another_shop_is_none_of_ours(gateway: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    others = Charge("pi_other", "", 1, 100, "EUR", "charged", clock.now(), 0)
    monkeypatch.setattr(gateway, "charges", lambda since=None: iter([others]))
    assert comparison.run() == 0
    assert verdicts() == []


def test_what_is_paid_here_and_not_charged_is_noted_by_the_gateways_own_word(gateway: Scripted) -> None:
    session_id = open_session()
    settle(begin(session_id), APPROVED)
    time_passes(1)
    comparison.run()
    assert verdicts() == [Verdict.PAID_NOT_CHARGED]


def test_what_was_charged_long_before_it_was_known_here_is_no_difference(gateway: Scripted) -> None:
    session_id = ended(gateway)
    charge(gateway, session_id)
    time_passes(31 * 86400)
    gateway_calls.ask(session_id, "admin")
    time_passes(1)
    comparison.run()
    assert verdicts() == [Verdict.LATE_MONEY]


def test_what_was_given_back_there_is_taken_up(gateway: Scripted) -> None:
    session_id = pay_new_session()
    comparison.run()
    gateway.ledger.refund(queries.find(session_id).reference or "", 1000, "of the dashboard")
    comparison.run()
    assert queries.find(session_id).refunded == 1000
    assert verdicts() == [Verdict.REFUNDED_ELSEWHERE]


def test_a_refund_of_an_old_charge_is_taken_up_as_well(gateway: Scripted) -> None:
    session_id = pay_new_session()
    time_passes(60 * 86400)
    comparison.run()
    gateway.ledger.refund(queries.find(session_id).reference or "", 1000, "of the dashboard")
    comparison.run()
    assert queries.find(session_id).refunded == 1000


def test_a_dispute_is_taken_up_and_followed_to_its_end(gateway: Scripted) -> None:
    session_id = pay_new_session()
    reference = queries.find(session_id).reference or ""
    gateway.ledger.dispute(reference, 4200)
    comparison.run()
    assert queries.find(session_id).disputed_at is not None
    time_passes(60 * 86400)
    comparison.run()
    time_passes(86400)
    with gateway.ledger._writing() as ledger:
        ledger.execute("update dispute set status = 'lost'")
    comparison.run()
    assert queries.find(session_id).state is State.REFUNDED


def test_while_our_own_refund_is_under_way_there_is_no_difference(gateway: Scripted) -> None:
    session_id = pay_new_session()
    transitions.request(session_id, 1000, "", "admin", "a-refund")
    gateway.ledger.refund(queries.find(session_id).reference or "", 1000, "a-refund")
    comparison.run()
    assert (verdicts(), queries.find(session_id).refunded) == ([], 0)
    refunds.make("a-refund", "reconciler")
    comparison.run()
    assert (verdicts(), queries.find(session_id).refunded) == ([], 1000)


def test_a_second_charge_is_noted_with_its_own_reference(gateway: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = pay_new_session()
    [own] = gateway.charges()
    second = Charge("sb_second", session_id, 1, 4200, "EUR", "charged", clock.now(), 0)
    monkeypatch.setattr(gateway, "charges", lambda since=None: iter([own, second]))
    comparison.run()
    [finding] = findings.open_ones()
    assert (finding.verdict, finding.reference) == (Verdict.CHARGED_TWICE, "sb_second")


def test_a_difference_that_is_no_more_is_settled_by_itself(gateway: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = pay_new_session()
    [own] = gateway.charges()
    second = Charge("sb_second", session_id, 1, 4200, "EUR", "charged", clock.now(), 0)
    with monkeypatch.context() as twice:
        twice.setattr(gateway, "charges", lambda since=None: iter([own, second]))
        comparison.run()
    comparison.run()
    assert verdicts() == []
    [finding] = findings.settled_ones()
    assert (finding.settled_by, finding.settlement) == (comparison.ACTOR, comparison.AGREED)


def test_what_was_marked_as_seen_comes_up_again_only_when_it_is_different(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = Charge("sb_1", "of yesterday", 1, 100, "EUR", "charged", clock.now(), 0)
    monkeypatch.setattr(gateway, "charges", lambda since=None: iter([unknown]))
    comparison.run()
    resolutions.see(findings.open_ones()[0], "admin")
    comparison.run()
    assert verdicts() == []
    more = Charge("sb_1", "of yesterday", 1, 200, "EUR", "charged", clock.now(), 0)
    monkeypatch.setattr(gateway, "charges", lambda since=None: iter([more]))
    comparison.run()
    assert verdicts() == [Verdict.CHARGED_NOT_PAID]


def test_only_recent_charges_are_read(gateway: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime | None] = []
    read = gateway.charges

    def charges(since: datetime | None = None) -> Iterator[Charge]:
        asked.append(since)
        assert not in_transaction(), "the gateway is read inside a transaction"
        return read(since)

    monkeypatch.setattr(gateway, "charges", charges)
    first = clock.now()
    comparison.run()
    time_passes(600)
    comparison.run()
    assert asked == [first - comparison.FIRST_LOOK, first - comparison.OVERLAP]


def test_batches_part_no_session(monkeypatch: pytest.MonkeyPatch, gateway: Scripted) -> None:
    monkeypatch.setattr(comparison, "BATCH", 2)
    sessions = [pay_new_session(f"shopper {number}") for number in range(5)]
    assert comparison.run() == 5
    assert verdicts() == []
    last = comparison.last_run()
    assert last
    assert last.charges == len(sessions)
