"""What an event of Stripe's changes: Stripe is asked how things stand now, and that is settled."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock, work_queue
from smartcart.database.session import db, writing
from smartcart.payments.core import account_binding
from smartcart.payments.core.models import EventKind
from smartcart.payments.flow import gateway_calls
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.rules.outcomes import APPROVED, CRASHED, NOT_CHARGED, PENDING, Outcome
from smartcart.rules.patience import GIVEN_UP_AFTER, LOOKS_BEFORE_A_PERSON
from smartcart.rules.payment_states import Move, State
from smartcart.shop.models import OrderStatus
from tests.payments.on_record import events
from tests.payments.opened import (
    DECLINED,
    begin,
    end_unpaid,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)
from tests.payments.scripted import DOWN
from tests.stripe.conftest import ScriptedStripe
from tests.stripe.letters import deliver, intent, letter, refund
from tests.support.two_at_once import together

A_DAY = 86400.0


@pytest.fixture(autouse=True)
def nothing_is_applied_but_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "hand_over", lambda: 0)


def bring(app: Flask, body: str) -> None:
    assert deliver(app, body).status_code == 200


def event() -> GatewayEvent:
    db.session.rollback()
    return db.session.scalars(select(GatewayEvent).execution_options(populate_existing=True)).one()


def in_the_dark(reference: str = "pi_1") -> tuple[str, int]:
    """A session whose call was never answered, and its attempt."""
    session_id = open_session()
    attempt_id = begin(session_id)
    account_binding.store_reference(session_id, reference)
    settle(attempt_id, CRASHED)
    return session_id, attempt_id


def told_of(session_id: str) -> Sequence[str]:
    return [line.detail for line in events(session_id) if line.kind is EventKind.TOLD]


def test_an_event_settles_what_nobody_has_answered(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id, _ = in_the_dark()
    gateway.instead["ask"] = APPROVED
    bring(told_shop, letter(intent(session_id)))
    assert processor.apply_due() == 1
    assert state_of(session_id) is State.COMPLETED
    assert (order_of(session_id).status, stock_left()) == (OrderStatus.PAID, 4)
    assert told_of(session_id) == ["payment_intent.succeeded"]
    assert [line.actor for line in events(session_id) if line.move == Move.APPROVED] == ["webhook"]
    assert (event().fate, event().session_id, event().due_at) == (Fate.APPLIED, session_id, None)


@pytest.mark.parametrize(
    ("kind", "now", "state"),
    [
        ("payment_intent.succeeded", DECLINED, State.INTERRUPTED),
        ("payment_intent.payment_failed", APPROVED, State.COMPLETED),
        ("payment_intent.canceled", PENDING, State.CHECKING),
        ("charge.refunded", APPROVED, State.COMPLETED),
    ],
)
def test_not_what_the_event_says_counts_but_what_stripe_says_now(
    told_shop: Flask, gateway: ScriptedStripe, kind: str, now: Outcome, state: State
) -> None:
    session_id, _ = in_the_dark()
    gateway.instead["ask"] = now
    bring(told_shop, letter(intent(session_id), kind))
    processor.apply_due()
    assert state_of(session_id) is state
    assert event().fate is Fate.APPLIED


def test_money_that_comes_late_is_found(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id, _ = end_unpaid(State.CANCELLED)
    gateway.instead["ask"] = APPROVED
    bring(told_shop, letter(intent(session_id)))
    processor.apply_due()
    assert state_of(session_id) is State.COMPLETED


def test_an_event_that_names_no_session_is_known_by_its_reference(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id, _ = in_the_dark("pi_42")
    gateway.instead["ask"] = APPROVED
    bring(told_shop, letter(refund("pi_42"), "refund.updated"))
    processor.apply_due()
    assert told_of(session_id) == ["refund.updated"]
    assert state_of(session_id) is State.COMPLETED


@pytest.mark.parametrize("reference", ["pi_of_another_shop", ""])
def test_a_refund_of_another_shop_with_the_same_account_is_left_alone(
    told_shop: Flask, gateway: ScriptedStripe, reference: str
) -> None:
    open_session()  # has no reference yet
    bring(told_shop, letter(refund(reference), "refund.updated"))
    processor.apply_due()
    assert (event().fate, gateway.asked) == (Fate.OTHER_SHOP, [])


def test_an_event_that_is_here_before_its_session_waits_for_it(told_shop: Flask, gateway: ScriptedStripe) -> None:
    bring(told_shop, letter(intent("session-to-come")))
    processor.apply_due()
    assert (event().fate, event().problem) == (Fate.WAITING, processor.NO_PAYMENT)
    assert processor.apply_due() == 0  # not at once again
    session_id, _ = in_the_dark()
    with writing():
        db.session.execute(
            GatewayEvent.__table__.update().values(claimed_session=session_id)  # type: ignore[attr-defined]
        )
    gateway.instead["ask"] = APPROVED
    time_passes(10)
    processor.apply_due()
    assert (event().fate, state_of(session_id)) == (Fate.APPLIED, State.COMPLETED)


def test_an_event_whose_session_never_comes_is_given_up_after_a_day_and_kept(told_shop: Flask) -> None:
    bring(told_shop, letter(intent("session-that-never-comes")))
    asked = 0
    while clock.now() < event().received_at + timedelta(seconds=GIVEN_UP_AFTER):
        asked += processor.apply_due()
        assert event().fate is Fate.WAITING
        time_passes(200)
    time_passes(600)
    processor.apply_due()
    assert (event().fate, event().problem, event().due_at) == (Fate.GIVEN_UP, processor.NO_PAYMENT, None)
    assert 100 < asked < 200  # one look in ten minutes


def test_an_event_of_a_session_without_attempts_is_for_a_person(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id = open_session()
    bring(told_shop, letter(intent(session_id)))
    processor.apply_due()
    assert (event().problem, state_of(session_id)) == (processor.NO_ATTEMPT, State.CREATED)
    time_passes(2 * A_DAY)
    processor.apply_due()
    assert event().fate is Fate.GIVEN_UP


def test_while_stripe_cannot_be_asked_an_event_waits_for_however_long(
    told_shop: Flask, gateway: ScriptedStripe
) -> None:
    session_id, _ = end_unpaid(State.CANCELLED)
    gateway.instead["ask"] = DOWN
    bring(told_shop, letter(intent(session_id)))
    for _ in range(3):
        processor.apply_due()
        assert (event().fate, event().problem) == (Fate.WAITING, processor.NO_ANSWER)
        time_passes(2 * A_DAY)
    gateway.instead["ask"] = APPROVED
    processor.apply_due()
    assert (event().fate, event().problem, state_of(session_id)) == (Fate.APPLIED, "", State.COMPLETED)
    assert len(told_of(session_id)) == 1


def test_whoever_dies_while_applying_an_event_leaves_it_due(
    told_shop: Flask, gateway: ScriptedStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, _ = in_the_dark()

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(gateway_calls, "ask", die)
        bring(told_shop, letter(intent(session_id)))
        with pytest.raises(SystemExit):
            processor.apply_due()
    assert processor.apply_due() == 0  # somebody may be at it still
    gateway.instead["ask"] = APPROVED
    time_passes(60)
    assert processor.apply_due() == 1
    assert state_of(session_id) is State.COMPLETED
    assert len(told_of(session_id)) == 1


def test_an_event_that_a_defect_of_ours_stops_stops_no_other_and_is_for_a_person(
    told_shop: Flask, gateway: ScriptedStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    session_id, _ = in_the_dark()
    bring(told_shop, letter(intent(session_id)))
    with monkeypatch.context() as patched:
        patched.setattr(gateway_calls, "ask", break_down)
        while event().tries < LOOKS_BEFORE_A_PERSON:
            assert processor.stuck() == 0
            processor.apply_due()
            time_passes(A_DAY)
    assert (processor.stuck(), event().problem) == (1, processor.DEFECT)
    gateway.instead["ask"] = APPROVED
    processor.apply_due()  # the defect is mended
    assert (processor.stuck(), event().fate) == (0, Fate.APPLIED)


def test_an_earlier_attempts_failure_told_while_a_call_is_out_changes_nothing(
    told_shop: Flask, gateway: ScriptedStripe
) -> None:
    session_id = open_session()
    settle(begin(session_id), DECLINED)
    begin(session_id)
    gateway.instead["ask"] = NOT_CHARGED  # the second attempt is not there yet
    bring(told_shop, letter(intent(session_id), "payment_intent.payment_failed"))
    processor.apply_due()
    assert (state_of(session_id), event().problem) == (State.PROCESSING, processor.CALL_IS_OUT)
    time_passes(40)  # nobody has answered the call, and no other job runs here
    processor.apply_due()
    assert (state_of(session_id), event().fate) == (State.INTERRUPTED, Fate.APPLIED)


def test_a_failure_told_while_its_own_call_is_out_counts_once(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    gateway.instead["ask"] = DECLINED
    bring(told_shop, letter(intent(session_id), "payment_intent.payment_failed"))
    processor.apply_due()
    assert (state_of(session_id), event().fate) == (State.INTERRUPTED, Fate.APPLIED)
    settle(attempt_id, DECLINED)
    assert [line.move for line in events(session_id)].count(Move.DECLINED) == 1


def test_a_success_told_while_the_call_is_out_counts_at_once(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    gateway.instead["ask"] = APPROVED
    bring(told_shop, letter(intent(session_id)))
    processor.apply_due()
    assert (state_of(session_id), event().fate) == (State.COMPLETED, Fate.APPLIED)
    settle(attempt_id, NOT_CHARGED)  # the call's own answer, which was lost on the way
    assert state_of(session_id) is State.COMPLETED


def test_many_threads_at_the_same_events_tell_each_once(told_shop: Flask, gateway: ScriptedStripe) -> None:
    session_id, _ = in_the_dark()
    gateway.instead["ask"] = APPROVED
    kinds = ["payment_intent.succeeded", "payment_intent.payment_failed", "charge.refunded"]
    for kind in kinds:
        bring(told_shop, letter(intent(session_id), kind))
    claims = work_queue.claim_due(processor.told(), len(kinds))
    # As if a claim had run out while its thread was still at work.
    answers = together(told_shop, *[lambda claim=claim: processor._apply(claim) for claim in claims * 2])
    assert answers == [None] * 6
    assert sorted(told_of(session_id)) == sorted(kinds)
    assert [line.move for line in events(session_id)].count(Move.APPROVED) == 1


def test_an_event_is_claimed_by_one_thread(told_shop: Flask) -> None:
    bring(told_shop, letter(intent("session-to-come")))
    assert sorted(together(told_shop, *[processor.apply_due] * 4)) == [0, 0, 0, 1]  # type: ignore[type-var]
    assert event().tries == 1
