"""The outcome of a payment arrives on five ways, in every order and more than once. The result is always the same.

The first attempt was declined. The second is with Stripe; then comes, in any order: the answer of the call, Stripe's
word that it succeeded, Stripe's word that the first had failed, the shopper back from the bank, and the reconciler.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.flow import gateway_calls, reconciler
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.rules.outcomes import Outcome
from smartcart.rules.payment_states import Money, Move, State
from smartcart.shop.models import OrderStatus
from tests.payments.on_record import attempts, events
from tests.payments.opened import open_session, order_of, stock_left, time_passes, write_down
from tests.stripe.conftest import ScriptedStripe
from tests.stripe.letters import deliver, intent, letter
from tests.support.databases import ON_SQLITE
from tests.support.two_at_once import together

ENOUGH = 1000
# Longer than a call may take, and shorter than any session lives.
A_WHILE = 40.0


@dataclass
class Payment:
    """A second attempt that Stripe has, the answer that it gave, and the two events that it will tell."""

    app: Flask
    gateway: ScriptedStripe
    session: str
    attempt: int
    answer: Outcome
    succeeded: str
    failed: str
    is_charged: bool = False

    def money_moves(self) -> None:
        """The shopper confirms at the bank."""
        reference = queries.find(self.session).reference or ""
        self.is_charged = self.gateway.ledger.answer_challenge(reference, 2, confirmed=True)
        assert self.is_charged

    def answer_comes(self) -> None:
        gateway_calls.conclude(self.session, self.attempt, self.answer, "gateway")

    def success_is_told(self) -> None:
        assert deliver(self.app, self.succeeded).status_code == 200

    def failure_is_told(self) -> None:
        assert deliver(self.app, self.failed).status_code == 200

    def shopper_comes_back(self) -> None:
        gateway_calls.ask(self.session, "shopper")  # as desk.check, without its wait

    def reconciler_comes_by(self) -> None:
        """Once the money has moved it is late; before, whoever is late would take the bank's question back."""
        if self.is_charged:
            time_passes(A_WHILE)
        reconciler.reconcile()


Arrival = Callable[[Payment], None]
# All but the first may come before the money has moved.
ARRIVALS: Sequence[Arrival] = (
    Payment.success_is_told,
    Payment.answer_comes,
    Payment.failure_is_told,
    Payment.shopper_comes_back,
    Payment.reconciler_comes_by,
)


@pytest.fixture(autouse=True)
def what_is_told_is_applied_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "hand_over", processor.apply_due)


def second_attempt(app: Flask, gateway: ScriptedStripe) -> Payment:
    session_id = open_session(stock=ENOUGH)
    gateway_calls.charge(write_down(session_id, "sandbox_decline"))
    second = write_down(session_id, "sandbox_challenge")
    request = second.request
    about = intent(session_id, request.reference)
    return Payment(
        app,
        gateway,
        session_id,
        second.attempt_id,
        gateway.charge(request),
        letter(about, "payment_intent.succeeded"),
        letter(about, "payment_intent.payment_failed"),
    )


@ON_SQLITE  # one after the other, which is the same on either; at the same moment they come on both
@pytest.mark.parametrize("first", ARRIVALS)
def test_every_order_of_arrival_has_one_result(told_shop: Flask, gateway: ScriptedStripe, first: Arrival) -> None:
    """And each with another arrival coming twice."""
    for number, order in enumerate([order for order in permutations(ARRIVALS) if order[0] is first]):
        payment = second_attempt(told_shop, gateway)
        once_more = order[number % len(order)]
        has_one_result(payment, Payment.money_moves, *order, once_more)
        assert stock_left() == ENOUGH - number - 1
    assert books_agree(gateway)


@ON_SQLITE
def test_what_comes_before_the_money_moves_and_after_has_one_result(told_shop: Flask, gateway: ScriptedStripe) -> None:
    """All but Stripe's word that it succeeded, in every order, and then all of it in that order."""
    for number, order in enumerate(permutations(ARRIVALS[1:])):
        payment = second_attempt(told_shop, gateway)
        has_one_result(payment, *order, Payment.money_moves, *order, ARRIVALS[0])
        assert stock_left() == ENOUGH - number - 1
    assert books_agree(gateway)


def has_one_result(payment: Payment, *order: Arrival) -> None:
    seen = [Money.CHECKING]
    for arrival in order:
        arrival(payment)
        seen.append(queries.find(payment.session).money)
    names = [arrival.__name__ for arrival in order]
    assert Money.NOT_TAKEN not in seen, names
    assert seen == sorted(seen), f"what was taken stays taken: {names}"  # "checking" comes before "taken"
    is_paid_once(payment)


def is_paid_once(payment: Payment) -> None:
    processor.apply_due()
    session = queries.find(payment.session)
    assert (session.state, session.refund_due, session.attempts) == (State.COMPLETED, False, 2)
    assert order_of(payment.session).status is OrderStatus.PAID
    assert [attempt.outcome for attempt in attempts(payment.session)] == ["declined", "approved"]
    lines = events(payment.session)
    assert [line.move for line in lines].count(Move.APPROVED) == 1
    heard = sorted(line.detail for line in lines if line.kind is EventKind.TOLD)
    assert heard == ["payment_intent.payment_failed", "payment_intent.succeeded"]
    kept = db.session.scalars(select(GatewayEvent.fate).where(GatewayEvent.session_id == payment.session)).all()
    assert kept == [Fate.APPLIED] * 2


def books_agree(gateway: ScriptedStripe) -> bool:
    """Every session was charged once."""
    charged = [charge.session for charge in gateway.charges()]
    return len(charged) == len(set(charged)) > 0


@pytest.mark.parametrize("_round", range(5))
def test_all_of_it_at_the_same_moment_has_one_result(told_shop: Flask, gateway: ScriptedStripe, _round: int) -> None:
    payment = second_attempt(told_shop, gateway)
    payment.money_moves()
    arrivals = [*ARRIVALS[:-1], *ARRIVALS[:-1]]  # the clock stands still for all of them, so the reconciler does too
    answers = together(told_shop, *[lambda each=each: each(payment) for each in arrivals])
    assert [answer for answer in answers if answer is not None] == []
    is_paid_once(payment)
    assert books_agree(gateway)
    assert stock_left() == ENOUGH - 1
