"""The graph, edge by edge. The table below is written out by hand and shares nothing with the code it checks.

It follows the design's table with two differences, both on purpose. `action_required` has neither `unreachable` nor
`not_charged`: there the bank is only asked, and a question that arrives nowhere proves nothing about the charge; when
the bank no longer asks, the session is abandoned first. `processing` has `not_charged`: a reference that was closed
meanwhile answers a charge with it. And `checking` has `lapsed`: what was to be captured may have lapsed before.
"""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart.rules import payment_states
from smartcart.rules.payment_states import GRAPH, MONEY, Money, Move, MoveRefused, State, draw, has_expired, next_state

EDGES = {
    ("created", "attempt"): "processing",
    ("created", "cancel"): "cancelled",
    ("created", "expire"): "expired",
    ("created", "approved"): "completed",
    ("processing", "approved"): "completed",
    ("processing", "declined"): "interrupted",
    ("processing", "unreachable"): "interrupted",
    ("processing", "not_charged"): "interrupted",
    ("processing", "attempts_used_up"): "failed",
    ("processing", "action_required"): "action_required",
    ("processing", "no_answer"): "checking",
    ("processing", "authorized"): "authorized",
    ("action_required", "authorized"): "authorized",
    ("action_required", "approved"): "completed",
    ("action_required", "declined"): "interrupted",
    ("action_required", "attempts_used_up"): "failed",
    ("action_required", "no_answer"): "checking",
    ("action_required", "abandoned"): "checking",
    ("checking", "approved"): "completed",
    ("checking", "declined"): "interrupted",
    ("checking", "not_charged"): "interrupted",
    ("checking", "attempts_used_up"): "failed",
    ("checking", "authorized"): "authorized",
    ("checking", "lapsed"): "cancelled",
    ("authorized", "capture"): "checking",
    ("authorized", "approved"): "completed",
    ("authorized", "released"): "cancelled",
    ("authorized", "lapsed"): "cancelled",
    ("interrupted", "attempt"): "processing",
    ("interrupted", "cancel"): "cancelled",
    ("interrupted", "expire"): "expired",
    ("interrupted", "approved"): "completed",
    ("completed", "refunded"): "refunded",
    ("refunded", "refund_failed"): "completed",
    ("failed", "approved"): "completed",
    ("cancelled", "approved"): "completed",
    ("expired", "approved"): "completed",
}
EXPIRES_AT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("edge", "target"), EDGES.items(), ids=[" ".join(edge) for edge in EDGES])
def test_every_edge_leads_where_the_table_says(edge: tuple[str, str], target: str) -> None:
    state, move = edge
    assert next_state(State(state), Move(move)) is State(target)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_every_move_that_is_not_in_the_table_is_refused(state: State, move: Move) -> None:
    if (state, move) in EDGES:
        assert next_state(state, move) is State(EDGES[state, move])
    else:
        with pytest.raises(MoveRefused, match=f"no move {move} from {state}"):
            next_state(state, move)


def test_the_graph_names_every_state_and_nothing_else() -> None:
    assert set(GRAPH) == set(MONEY) == set(State)


@pytest.mark.parametrize("state", [state for state in State if state not in (State.COMPLETED, State.REFUNDED)])
def test_approved_wins_from_every_state_that_is_not_paid(state: State) -> None:
    assert next_state(state, Move.APPROVED) is State.COMPLETED


@pytest.mark.parametrize("state", [State.COMPLETED, State.REFUNDED])
def test_what_is_paid_never_becomes_unpaid(state: State) -> None:
    reachable, new = set[State](), {state}
    while new:
        reachable |= new
        new = {target for found in new for target in GRAPH[found].values()} - reachable
    assert reachable <= {State.COMPLETED, State.REFUNDED}


def test_no_state_is_the_end_for_good_as_even_a_refund_may_fail_later() -> None:
    assert [state for state in State if not GRAPH[state]] == []


@pytest.mark.parametrize(
    ("state", "money"),
    [
        ("created", "not_taken"),
        ("processing", "checking"),
        ("action_required", "checking"),
        ("checking", "checking"),
        ("authorized", "reserved"),
        ("interrupted", "not_taken"),
        ("completed", "taken"),
        ("failed", "not_taken"),
        ("cancelled", "not_taken"),
        ("expired", "not_taken"),
        ("refunded", "returned"),
    ],
)
def test_every_state_says_where_the_money_is(state: str, money: str) -> None:
    assert MONEY[State(state)] is Money(money)


@pytest.mark.parametrize(
    ("group", "states"),
    [
        ("AT_REST", "created interrupted"),
        ("IN_FLIGHT", "processing action_required checking"),
        ("OPEN", "created interrupted processing action_required checking authorized"),
        ("ENDED_UNPAID", "failed cancelled expired"),
        ("PAID", "completed refunded"),
    ],
)
def test_the_groups_of_states(group: str, states: str) -> None:
    assert getattr(payment_states, group) == {State(state) for state in states.split()}


def test_pay_is_offered_only_where_no_money_can_be_under_way() -> None:
    assert {state for state in State if Move.ATTEMPT in GRAPH[state]} == payment_states.AT_REST


@pytest.mark.parametrize("state", sorted(payment_states.AT_REST))
@pytest.mark.parametrize(("offset", "over"), [(-MOMENT, False), (MOMENT * 0, True), (MOMENT, True)])
def test_a_session_at_rest_is_out_of_time_from_its_very_expiry_on(state: State, offset: timedelta, over: bool) -> None:
    assert has_expired(state, EXPIRES_AT, EXPIRES_AT + offset) is over


@pytest.mark.parametrize("state", sorted(payment_states.IN_FLIGHT))
def test_an_attempt_in_flight_is_let_finish(state: State) -> None:
    assert not has_expired(state, EXPIRES_AT, EXPIRES_AT + timedelta(days=1))


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.CANCELLED, State.REFUNDED])
def test_what_has_ended_otherwise_never_expires(state: State) -> None:
    assert not has_expired(state, EXPIRES_AT, EXPIRES_AT + timedelta(days=1))


def test_what_is_set_aside_waits_for_the_owner_and_runs_out_of_no_time_of_the_shoppers() -> None:
    assert not has_expired(State.AUTHORIZED, EXPIRES_AT, EXPIRES_AT + timedelta(days=1))
    assert Move.ATTEMPT not in GRAPH[State.AUTHORIZED]


@pytest.mark.parametrize("offset", [-MOMENT, MOMENT])
def test_what_has_expired_stays_expired(offset: timedelta) -> None:
    assert has_expired(State.EXPIRED, EXPIRES_AT, EXPIRES_AT + offset)


def test_the_drawing_has_every_edge_once_and_every_state_with_its_money() -> None:
    first, begin, *lines = draw().splitlines()
    assert (first, begin.strip()) == ("stateDiagram-v2", "[*] --> created")
    edges = [f"{state} --> {target}: {move}" for (state, move), target in EDGES.items()]
    states = [f"{state}: {state} ({MONEY[state]})" for state in State]
    assert sorted(line.strip() for line in lines) == sorted(edges + states)
