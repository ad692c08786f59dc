"""A sum that is set aside by one of the books alone: found, and given free by a press.

At Stripe: tests/stripe/test_set_aside.py.
"""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import findings, queries
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk
from smartcart.payments.reconciliation import comparison, report, resolutions
from smartcart.rules.outcomes import TIMED_OUT
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from tests.payments.opened import open_session, order_of, state_of, time_passes
from tests.payments.paying import set_aside
from tests.support.waiting import wait_for

DAY = 86400.0


@pytest.fixture
def held(scripted_shop: Flask) -> str:
    return set_aside(open_session())


def end_here(session_id: str, state: State = State.CANCELLED) -> None:
    """On our record alone, as after an older backup was put back."""
    with writing():
        found = db.session.get_one(PaymentSession, session_id)
        found.state, found.ended_at, found.due_at = state, found.created_at, None


def open_ones() -> list[Finding]:
    db.session.rollback()
    return list(findings.open_ones())


def verdicts() -> list[Verdict]:
    return [finding.verdict for finding in open_ones()]


def test_what_both_books_have_set_aside_is_no_finding(held: str) -> None:
    comparison.run()
    assert (verdicts(), state_of(held)) == ([], State.AUTHORIZED)


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED, State.FAILED])
def test_what_is_still_set_aside_there_for_a_payment_that_is_over_is_given_free_by_a_press(
    held: str, state: State
) -> None:
    end_here(held, state)
    comparison.run()
    [finding] = open_ones()
    assert (finding.verdict, finding.session, finding.amount) == (Verdict.HELD_NOT_HERE, held, 4200)
    done = resolutions.release(finding, "admin")
    assert done.settled, done.told
    assert [charge for charge in runtime().gateway.charges() if charge.session == held] == []
    comparison.run()
    assert verdicts() == []


def test_what_we_believe_in_and_the_gateway_has_no_more_ends_here_and_is_a_finding(held: str) -> None:
    runtime().gateway.close(queries.standing(held).handle)
    comparison.run()
    assert state_of(held) is State.CANCELLED
    assert order_of(held).status == "unpaid"
    assert verdicts() == [Verdict.HELD_NOT_THERE]


def test_what_was_captured_there_is_paid_here(held: str) -> None:
    runtime().gateway.capture(queries.standing(held).handle)
    comparison.run()
    assert (state_of(held), verdicts()) == (State.COMPLETED, [])


def test_what_the_shop_itself_gave_free_is_no_finding(held: str) -> None:
    desk.cancel(held, "admin")
    wait_for(lambda: state_of(held) is State.CANCELLED)
    comparison.run()
    assert verdicts() == []


def test_what_is_given_free_there_by_itself_is_settled(held: str) -> None:
    end_here(held)
    comparison.run()
    assert verdicts() == [Verdict.HELD_NOT_HERE]
    time_passes(8 * DAY)
    comparison.run()
    assert verdicts() == []


def test_what_belongs_to_no_payment_of_ours_is_found_and_given_free(held: str) -> None:
    sandbox = runtime().gateway
    reference = queries.find(held).reference or ""
    with sandbox.ledger._writing() as books:  # type: ignore[attr-defined]  # a sandbox
        books.execute("update reference set session = 'of yesterday' where reference = ?", (reference,))
    comparison.run()
    [finding] = [each for each in open_ones() if each.session == "of yesterday"]
    assert resolutions.release(finding, "admin").settled
    assert list(sandbox.charges()) == []


def audited() -> list[tuple[Verdict, str, str]]:
    return [(found.verdict, found.session, found.detail) for found in report.audit().differences]


def test_the_audit_says_nothing_of_what_both_books_have_set_aside(held: str) -> None:
    assert audited() == []


def test_the_audit_names_what_is_set_aside_for_a_payment_that_is_over(held: str) -> None:
    end_here(held)
    assert audited() == [(Verdict.HELD_NOT_HERE, held, "4200 EUR set aside there, and the payment is over here")]


def test_the_audit_names_what_is_set_aside_for_no_payment_of_ours(held: str) -> None:
    with runtime().gateway.ledger._writing() as books:  # type: ignore[attr-defined]  # a sandbox
        books.execute("update reference set session = 'of yesterday'")
    assert audited() == [
        (
            Verdict.HELD_NOT_HERE,
            "of yesterday",
            "4200 EUR set aside for a payment that the shop does not have",
        )
    ]


def test_the_audit_does_not_judge_what_moves_while_it_reads(held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_books = list(runtime().gateway.charges())
    monkeypatch.setattr(report, "_last_event", partial(_then, lambda: release(held), report._last_event))
    monkeypatch.setattr(runtime().gateway, "charges", lambda: in_books)
    assert audited() == []


def _then(meanwhile: Callable[[], object], answer: Callable[[], int]) -> int:
    answered = answer()
    meanwhile()
    return answered


def release(session_id: str) -> None:
    desk.cancel(session_id, "admin")
    wait_for(lambda: state_of(session_id) is State.CANCELLED)


@pytest.fixture
def silent(held: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def fall_silent(call: str) -> None:
        monkeypatch.setattr(runtime().gateway, call, lambda *_, **__: TIMED_OUT)

    return fall_silent


def test_a_gateway_that_does_not_answer_changes_nothing(held: str, silent: Callable[[str], None]) -> None:
    end_here(held)
    comparison.run()
    [finding] = open_ones()
    silent("close")
    assert not resolutions.release(finding, "admin").settled
    silent("ask")
    comparison.run()
    assert verdicts() == [Verdict.HELD_NOT_HERE]


def test_what_was_taken_before_the_press_is_written_down(held: str) -> None:
    end_here(held)
    comparison.run()
    [finding] = open_ones()
    sandbox = runtime().gateway
    assert isinstance(sandbox, Sandbox)
    sandbox.capture(queries.standing(held).handle)
    assert not resolutions.release(finding, "admin").settled
    wait_for(lambda: state_of(held) is State.COMPLETED)
