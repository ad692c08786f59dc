"""GET session/:id/summary: the session with its attempts, interruptions and timeline."""

from collections.abc import Callable

from smartcart.payments.core.models import PaymentSession
from smartcart.rules.payment_states import GRAPH, Move, State
from tests.support.caller import Caller
from tests.support.pace import UNHURRIED

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_a_new_session_has_its_opening_and_nothing_else(merchant: Caller) -> None:
    session = merchant.create()
    summary = merchant.summary(session["id"])
    assert summary["session"] == session
    assert summary["attempts"] == []
    assert summary["interruptions"] == {}
    assert summary["duration"] >= 0
    assert [(line["kind"], line["to"]) for line in summary["timeline"]] == [("opened", "created")]


def test_attempts_have_their_durations_and_error_categories(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    reached(session, "interrupted")
    merchant.resume(session, "sandbox_timeout")
    reached(session, "checking")
    merchant.post(f"/session/{session}/complete")
    merchant.resume(session, "sandbox_approve")
    reached(session, "completed")
    summary = merchant.summary(session)
    shown = [(attempt["number"], attempt["outcome"], attempt["error_category"]) for attempt in summary["attempts"]]
    assert shown == [(1, "declined", "declined"), (2, "not_charged", "timeout"), (3, "approved", None)]
    assert [attempt["code"] for attempt in summary["attempts"]] == ["card_declined", None, None]
    # The sandbox answers after 0.3 s, and is silent for as long as it is waited for.
    for attempt, least in zip(summary["attempts"], (0.3, 0.5, 0.3), strict=True):
        assert least <= attempt["duration"] < least + 5
    assert summary["session"]["attempts"] == len(summary["attempts"])
    assert summary["duration"] >= sum(attempt["duration"] for attempt in summary["attempts"])
    assert summary["interruptions"] == {"timeout": 1}


def test_the_timeline_is_a_path_of_the_graph(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_unreachable")
    reached(session, "interrupted")
    merchant.resume(session, "sandbox_lost_reply")
    reached(session, "checking")
    merchant.post(f"/session/{session}/complete")
    timeline = merchant.summary(session)["timeline"]
    moves = [line for line in timeline if line["kind"] == "moved"]
    state = State.CREATED
    for line in moves:
        assert line["from"] == state
        state = GRAPH[state][Move(line["move"])]
        assert line["to"] == state
    assert state is State.COMPLETED
    assert [line["at"] for line in timeline] == sorted(line["at"] for line in timeline)
    assert {line["actor"] for line in timeline} == {"key a merchant", "gateway"}


def test_a_summary_never_says_failed_while_nobody_knows(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_timeout_charged")
    reached(session, "checking")
    for path in ("", "/summary"):
        told = merchant.get(f"/session/{session}{path}").text.lower()
        assert "fail" not in told.replace('"refund_failed":0', "")  # the name of a sum, which is nothing
