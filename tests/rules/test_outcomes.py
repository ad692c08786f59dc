"""What each answer of a gateway does to a session."""

import pytest

from smartcart.rules import outcomes
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind, move_for
from smartcart.rules.payment_states import GRAPH, Move, State

MOVES = {
    "approved": "approved",
    "authorized": "authorized",
    "declined": "declined",
    "action_required": "action_required",
    "pending": "no_answer",
    "not_charged": "not_charged",
    "unreachable": "unreachable",
    "unknown": "no_answer",
}
PROOFS = {"declined", "not_charged", "unreachable"}


@pytest.mark.parametrize("kind", OutcomeKind)
def test_only_a_proof_counts_as_nothing_charged(kind: OutcomeKind) -> None:
    assert Outcome(kind).charged_nothing is (kind in PROOFS)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("left", [1, 2])
@pytest.mark.parametrize("kind", OutcomeKind)
def test_with_attempts_left_every_answer_makes_its_own_move(kind: OutcomeKind, left: int, closed: bool) -> None:
    assert move_for(Outcome(kind), left, closed) is Move(MOVES[kind])


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind not in PROOFS])
def test_the_last_attempt_ends_nothing_without_a_proof(kind: OutcomeKind, closed: bool) -> None:
    assert move_for(Outcome(kind), 0, closed) is Move(MOVES[kind])


@pytest.mark.parametrize("kind", sorted(PROOFS))
def test_the_last_attempt_uses_them_up_once_the_reference_is_closed(kind: str) -> None:
    assert move_for(Outcome(OutcomeKind(kind)), 0, reference_closed=True) is Move.ATTEMPTS_USED_UP


@pytest.mark.parametrize("kind", sorted(PROOFS))
def test_the_last_attempt_is_not_over_while_the_reference_can_still_be_charged(kind: str) -> None:
    assert move_for(Outcome(OutcomeKind(kind)), 0, reference_closed=False) is Move.NO_ANSWER


@pytest.mark.parametrize("kind", OutcomeKind)
@pytest.mark.parametrize("left", [0, 1])
def test_an_answer_to_a_call_always_leads_somewhere(kind: OutcomeKind, left: int) -> None:
    assert move_for(Outcome(kind), left, reference_closed=False) in GRAPH[State.PROCESSING]


@pytest.mark.parametrize(
    ("outcome", "kind", "interruption"),
    [
        (outcomes.APPROVED, "approved", None),
        (outcomes.NOT_CHARGED, "not_charged", None),
        (outcomes.PENDING, "pending", None),
        (outcomes.UNREACHABLE, "unreachable", "network_error"),
        (outcomes.TIMED_OUT, "unknown", "timeout"),
        (outcomes.LOST_REPLY, "unknown", "network_error"),
        (outcomes.GATEWAY_ERROR, "unknown", "gateway_error"),
        (outcomes.CRASHED, "unknown", "crash"),
    ],
)
def test_the_outcomes_with_a_name(outcome: Outcome, kind: str, interruption: str | None) -> None:
    assert outcome.kind is OutcomeKind(kind)
    assert outcome.interruption is (Interruption(interruption) if interruption else None)


@pytest.mark.parametrize("kind", OutcomeKind)
def test_only_what_the_gateway_did_not_answer_is_silence(kind: OutcomeKind) -> None:
    did_not = kind in (OutcomeKind.UNKNOWN, OutcomeKind.UNREACHABLE)
    assert Outcome(kind).is_silence is Outcome(kind, code="rate_limit").is_silence is did_not
    assert not Outcome(kind, code="no_such_reference").is_silence
