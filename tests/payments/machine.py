"""Everybody who acts on a payment, in any order: shoppers, merchants, the bank, the gateway, time, crashes, jobs.

The real record on a real database; only the threads of the pool are led step by step, and the network is bad. What
database, and how many processes share it, is for the test to say.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.payments.refunds import calls as refunds
from smartcart.rules.outcomes import APPROVED, Interruption, OutcomeKind
from smartcart.rules.payment_states import AT_REST, ENDED_UNPAID, OPEN, PAID, State
from tests.gateways.sandbox.test_sandbox import TOKENS
from tests.payments import promises
from tests.payments.bad_network import Fault, Said
from tests.payments.led_shop import LedShop, attempt_id
from tests.payments.opened import time_passes

# Longer than the longest pause between two questions, and shorter than a session lives.
A_WHILE = 650.0
# Each of three attempts may be extended and retried, asked about and closed: this is several times what that takes.
ROUNDS = 40
# By then every session has ended that was not extended over and over.
LATE_ROUND = 8

# Counted from the newest: most of what happens to a payment happens to the one that was opened last.
WHICH = st.sampled_from([0, 0, 0, 1, 2])
ANY = st.integers(0, 20)
NUMBER = st.integers(1, 3)
# How far the gateway's threads are led: often to the end, and otherwise to one of the stops before it.
STEPS = st.sampled_from([100, 100, 0, 1, 2, 3])
SECONDS = st.sampled_from([0.1, 2.0, 5.0, 10.0, 31.0, 31.0, 100.0, 901.0, -60.0])
METHODS = st.sampled_from(sorted(TOKENS))
CARDS = st.sampled_from(["sandbox_approve", "sandbox_lost_reply", "sandbox_challenge", "sandbox_decline"])
PEOPLE = {
    "cancel": lambda session_id: desk.cancel(session_id, "shopper"),
    "extend": lambda session_id: desk.extend(session_id, "shopper"),
    "abandon": lambda session_id: desk.abandon(session_id, "shopper"),
    "come back from the bank": lambda session_id: desk.check(session_id, "shopper"),
    "read": desk.read,
    "complete": lambda session_id: desk.confirm(session_id, "merchant"),
    "interrupt": lambda session_id: desk.interrupt(session_id, Interruption.TIMEOUT, "merchant"),
}
JOBS = {"reconcile": reconciler.reconcile, "retry": reconciler.retry, "sweep": reconciler.sweep}


class ShopMachine(RuleBasedStateMachine):
    """A shop whose processes are `apps`; `empty_database` takes all rows out of theirs, and `folder` is for files."""

    def __init__(self, apps: Sequence[Flask], empty_database: Callable[[], None], folder: Path) -> None:
        super().__init__()
        self._apps, self._empty_database, self._books = apps, empty_database, folder / "books.sqlite3"
        self.shop: LedShop | None = None

    @initialize(max_attempts=NUMBER, pieces=NUMBER, gateway_lies=st.booleans(), late_in_the_end=st.booleans())
    def open_the_shop(self, max_attempts: int, pieces: int, gateway_lies: bool, late_in_the_end: bool) -> None:
        self._empty_database()
        self.shop = LedShop(self._apps, self._books, max_attempts, pieces, gateway_lies)
        self.late_in_the_end = late_in_the_end
        self.shop.act(lambda: self.shop.order(1))

    @rule(how=st.sampled_from(["order", "again", "merchant"]), which=WHICH, quantity=st.integers(1, 2))
    def session_is_opened(self, how: str, which: int, quantity: int) -> None:
        ways = {
            "order": lambda: self.shop.order(quantity),
            "again": lambda: self.shop.open_again(self.shop.session(which, ENDED_UNPAID)),
            "merchant": lambda: self.shop.merchant_opens(which),
        }
        self.shop.act(ways[how])

    @rule(which=WHICH, method=METHODS, steps=STEPS)
    def pay(self, which: int, method: str, steps: int) -> None:
        self.shop.act(self.shop.make_somebody_able_to_pay)
        self.shop.act(lambda: desk.pay(self.shop.session(which, AT_REST), method, "shopper"), steps)

    @rule(which=WHICH, method=CARDS, is_delayed=st.booleans())
    def pay_and_wait(self, which: int, method: str, is_delayed: bool) -> None:
        if is_delayed:
            self.shop.network.faults.insert(0, Fault.DELAYED)
        self.pay(which, method, steps=100)

    @rule(which=WHICH, what=st.sampled_from(sorted(PEOPLE)), steps=STEPS)
    def somebody_acts(self, which: int, what: str, steps: int) -> None:
        self.shop.act(lambda: PEOPLE[what](self.shop.session(which)), steps)

    @rule(which=WHICH, amount=st.sampled_from([None, 700, 2000, 4200]), steps=STEPS)
    def money_is_given_back(self, which: int, amount: int | None, steps: int) -> None:
        self.shop.act(lambda: desk.refund(self.shop.session(which, PAID), "admin", amount), steps)

    @rule(which=WHICH, steps=STEPS)
    def gateway_is_followed(self, which: int, steps: int) -> None:
        """The shop looks what the gateway has given back, as a webhook and the books make it do."""

        def follow() -> None:
            session_id = self.shop.session(which, PAID)
            runtime().pool.run(lambda: refunds.follow(session_id))

        self.shop.act(follow, steps)

    @precondition(lambda self: any(said.outcome.kind is OutcomeKind.ACTION_REQUIRED for said in self.shop.network.said))
    @rule(which=WHICH, earlier=st.sampled_from([0, 0, 1]), confirmed=st.booleans())
    def shopper_answers_the_bank(self, which: int, earlier: int, confirmed: bool) -> None:
        def answer() -> None:
            session = queries.find(self.shop.session(which, {State.ACTION_REQUIRED}))
            attempt = session.attempts - earlier
            self.shop.network.sandbox.ledger.answer_challenge(session.reference or "", attempt, confirmed)

        self.shop.act(answer)

    @precondition(lambda self: self.shop.network.said)
    @rule(which=ANY, steps=STEPS)
    def gateway_says_again(self, which: int, steps: int) -> None:
        """An answer that was given once comes once more, or for the first time if it was lost: as a webhook would."""
        said = self._said(which)

        def hear() -> None:
            of = attempt_id(said.session, said.attempt)
            runtime().pool.run(lambda: gateway_calls.conclude(said.session, of, said.outcome, "webhook"))

        self.shop.act(hear, steps)

    @precondition(lambda self: self.shop.network.said)
    @rule(which=ANY)
    def record_is_told_again(self, which: int) -> None:
        said = self._said(which)

        def tell() -> None:
            record.settle(attempt_id(said.session, said.attempt), said.outcome, "webhook", runtime().plan())

        self.shop.act(tell)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        time_passes(seconds)

    @rule(job=st.sampled_from(sorted(JOBS)), steps=STEPS)
    def job_runs(self, job: str, steps: int) -> None:
        self.shop.act(JOBS[job], steps)

    @precondition(lambda self: self.shop.workers())
    @rule(which=ANY, steps=st.sampled_from([1, 2, 100]))
    def gateway_thread_goes_on(self, which: int, steps: int) -> None:
        workers = self.shop.workers()
        process, worker = workers[which % len(workers)]
        process.lead(worker, steps)

    @rule(steps=st.integers(0, 8))
    def process_dies_soon(self, steps: int) -> None:
        """Now, or some steps from now."""
        if steps:
            self.shop.here.steps_to_live = steps
        else:
            self.shop.here.die()

    @rule(fault=st.sampled_from(Fault))
    def network_gets_worse(self, fault: Fault) -> None:
        self.shop.network.faults.append(fault)

    @precondition(lambda self: self.shop.network.delayed)
    @rule(which=ANY)
    def delayed_charge_arrives(self, which: int) -> None:
        self.shop.act(lambda: self.shop.network.deliver(which))

    @precondition(lambda self: len(self.shop.processes) > 1)
    @rule(which=ANY)
    def another_process_is_next(self, which: int) -> None:
        self.shop.here = self.shop.processes[which % len(self.shop.processes)]

    @invariant()
    def every_promise_holds(self) -> None:
        self.shop.look(lambda: promises.hold_always(self.shop.network, self.shop.pieces, self.shop.max_attempts))

    def teardown(self) -> None:
        """When nothing has gone wrong, let everything settle, and look whether it did. Then close the shop."""
        if self.shop is None:
            return
        try:
            if sys.exc_info()[0] is None:
                self._settle()
                self.shop.look(lambda: promises.hold_in_the_end(self.shop.network))
        finally:
            self.shop.close()

    def _settle(self) -> None:
        """The network is well again, and time goes by with the jobs at work, until every session has ended.

        Charges that are still on their way arrive at once, or when nobody reckons with them any more.
        """
        self.shop.network.faults.clear()
        for process in self.shop.processes:
            process.steps_to_live = None
            process.die() if self.late_in_the_end else process.finish()
        for number in range(ROUNDS):
            if number >= self.late_in_the_end * LATE_ROUND:
                self._delayed_charges_arrive()
                if self.shop.look(_has_settled):
                    return
            time_passes(A_WHILE)
            for job in JOBS.values():
                self.shop.act(job, steps=100)
            self.every_promise_holds()

    def _delayed_charges_arrive(self) -> None:
        while self.shop.network.delayed:
            self.shop.act(lambda: self.shop.network.deliver(0))
        self.shop.act(self._webhooks_arrive)

    def _webhooks_arrive(self) -> None:
        """Who was told that a reference is closed when it was not learns of its charge by webhook alone."""
        for charge in self.shop.network.charges():
            if charge.session in self.shop.network.misled:
                gateway_calls.conclude(charge.session, attempt_id(charge.session, charge.attempt), APPROVED, "webhook")

    def _said(self, which: int) -> Said:
        return self.shop.network.said[-1 - which % len(self.shop.network.said)]


def _has_settled() -> bool:
    sessions = db.session.scalars(select(PaymentSession)).all()
    under_way = db.session.scalar(select(Refund.id).where(Refund.state == RefundState.REQUESTED).limit(1))
    return under_way is None and not any(session.state in OPEN or session.returning for session in sessions)
