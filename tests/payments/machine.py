"""Everybody who acts on a payment, in any order: shoppers, merchants, the bank, the gateway, time, crashes, jobs.

The real record on a real database; only the threads of the pool are led step by step, and the network is bad. What
database, and how many processes share it, is for the test to say.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from smartcart import clock
from smartcart.db import db, writing
from smartcart.payments import calls, desk, opening, reading, reconciler, record
from smartcart.payments.models import Attempt, PaymentSession
from smartcart.payments.parts import Parts, parts
from smartcart.payments.pool import PoolFull
from smartcart.payments.refusals import Refused
from smartcart.rules.outcomes import APPROVED, Interruption
from smartcart.rules.payment_states import OPEN
from smartcart.shop import cart, stock
from smartcart.shop.models import Product
from tests.gateways.test_sandbox import TOKENS
from tests.payments import promises
from tests.payments.bad_network import BadNetwork, Fault
from tests.payments.lockstep import Process, mortal_commits
from tests.payments.opened import BASE_URL, MERCHANT
from tests.shopper import product

MORNING = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
# Longer than the longest pause between two questions, and shorter than a session lives.
A_WHILE = 650.0
# Each of three attempts may be extended and retried, asked about and closed: this is several times what that takes.
ROUNDS = 40

WHICH = st.integers(0, 5)
NUMBER = st.integers(1, 3)
# Most often to the next stop, sometimes to the end.
STEPS = st.sampled_from([0, 1, 2, 100])


class ShopMachine(RuleBasedStateMachine):
    """A shop whose processes are `apps`; `empty_database` takes all rows out of theirs, and `folder` is for files."""

    def __init__(self, apps: Sequence[Flask], empty_database: Callable[[], None], folder: Path) -> None:
        super().__init__()
        self._apps, self._empty_database, self._folder = apps, empty_database, folder
        self._until_closed = ExitStack()
        self.processes: list[Process] = []

    @initialize(max_attempts=NUMBER, pieces=NUMBER, lost_in_the_end=st.booleans())
    def open_the_shop(self, max_attempts: int, pieces: int, lost_in_the_end: bool) -> None:
        clock.hold(MORNING)
        self._empty_database()
        for leftover in self._folder.glob("books.sqlite3*"):
            leftover.unlink()
        self.network = BadNetwork(self._folder / "books.sqlite3")
        self.processes = [_process(app, self.network, max_attempts) for app in self._apps]
        self.here = self.processes[0]
        self.merchant = replace(MERCHANT, max_attempts=max_attempts)
        self.pieces, self.lost_in_the_end = pieces, lost_in_the_end
        self._until_closed.enter_context(mortal_commits())
        self._act(lambda: product(stock=pieces))
        self.order(1)

    @rule(quantity=st.integers(1, 2))
    def order(self, quantity: int) -> None:
        def place() -> None:
            with writing():
                cart.put("ada", db.session.scalars(select(Product)).one(), quantity)
            opening.place_and_open("ada", "Ada", "ada@example.org", BASE_URL)

        self._tick()
        self._act(place)

    @rule()
    def merchant_opens(self) -> None:
        self._tick()
        self._act(lambda: opening.open_for_merchant(self.merchant, "merchant"))

    @rule(which=WHICH)
    def order_is_opened_again(self, which: int) -> None:
        self._tick()
        order_id = self._act(lambda: reading.find(self._session(which)).order_id)
        if order_id is not None:
            self._act(lambda: opening.open_for_order(order_id, BASE_URL, "shopper"))

    @rule(which=WHICH, method=st.sampled_from(sorted(TOKENS)), steps=STEPS)
    def pay(self, which: int, method: str, steps: int) -> None:
        self._act(lambda: desk.pay(self._session(which), method, "shopper"), steps)

    @rule(which=WHICH, steps=STEPS)
    def cancel(self, which: int, steps: int) -> None:
        self._act(lambda: desk.cancel(self._session(which), "shopper"), steps)

    @rule(which=WHICH)
    def extend(self, which: int) -> None:
        self._act(lambda: desk.extend(self._session(which), "shopper"))

    @rule(which=WHICH, steps=STEPS)
    def abandon(self, which: int, steps: int) -> None:
        self._act(lambda: desk.abandon(self._session(which), "shopper"), steps)

    @rule(which=WHICH, steps=STEPS)
    def come_back_from_the_bank(self, which: int, steps: int) -> None:
        self._act(lambda: desk.check(self._session(which), "shopper"), steps)

    @rule(which=WHICH, steps=STEPS)
    def read(self, which: int, steps: int) -> None:
        self._act(lambda: desk.read(self._session(which)), steps)

    @rule(which=WHICH, steps=STEPS)
    def api_completes(self, which: int, steps: int) -> None:
        self._act(lambda: desk.confirm(self._session(which), "merchant"), steps)

    @rule(which=WHICH, kind=st.sampled_from(Interruption), steps=STEPS)
    def api_interrupts(self, which: int, kind: Interruption, steps: int) -> None:
        self._act(lambda: desk.interrupt(self._session(which), kind, "merchant"), steps)

    @rule(which=WHICH, attempt=NUMBER, confirmed=st.booleans())
    def answer_the_bank(self, which: int, attempt: int, confirmed: bool) -> None:
        def answer() -> None:
            reference = reading.find(self._session(which)).reference
            if reference:
                self.network.sandbox.ledger.answer_challenge(reference, attempt, confirmed)

        self._act(answer)

    @precondition(lambda self: self.network.said)
    @rule(which=st.integers(0, 20), steps=STEPS)
    def gateway_says_again(self, which: int, steps: int) -> None:
        """An answer that was given once comes once more, or for the first time if it was lost: as a webhook would."""
        said = self.network.said[which % len(self.network.said)]

        def hear() -> None:
            attempt_id = _attempt_id(said.session, said.attempt)
            parts().pool.run(lambda: calls.conclude(said.session, attempt_id, said.outcome, "webhook"))

        self._act(hear, steps)

    @precondition(lambda self: self.network.said)
    @rule(which=st.integers(0, 20))
    def record_is_told_again(self, which: int) -> None:
        said = self.network.said[which % len(self.network.said)]
        attempt_id = self._act(lambda: _attempt_id(said.session, said.attempt))
        self._act(lambda: record.settle(attempt_id, said.outcome, "webhook", parts().plan()))

    @rule(seconds=st.sampled_from([0.1, 2.0, 10.0, 31.0, 300.0, 901.0, -1.0, -60.0]))
    def time_passes(self, seconds: float) -> None:
        clock.hold(clock.now() + timedelta(seconds=seconds))

    @rule(job=st.sampled_from(["reconcile", "retry", "sweep"]), steps=STEPS)
    def job_runs(self, job: str, steps: int) -> None:
        self._act(getattr(reconciler, job), steps)

    @precondition(lambda self: self._workers())
    @rule(which=WHICH, steps=st.sampled_from([1, 1, 2, 100]))
    def gateway_thread_goes_on(self, which: int, steps: int) -> None:
        process, worker = self._workers()[which % len(self._workers())]
        process.lead(worker, steps)

    @rule()
    def process_dies(self) -> None:
        self.here.die()

    @rule(steps=st.integers(0, 6))
    def process_will_die(self, steps: int) -> None:
        self.here.steps_to_live = steps

    @rule(fault=st.sampled_from(Fault))
    def network_gets_worse(self, fault: Fault) -> None:
        self.network.faults.append(fault)

    @precondition(lambda self: self.network.delayed)
    @rule(which=WHICH)
    def delayed_charge_arrives(self, which: int) -> None:
        self._act(lambda: self.network.deliver(which))

    @precondition(lambda self: len(self.processes) > 1)
    @rule(which=WHICH)
    def another_process_is_next(self, which: int) -> None:
        self.here = self.processes[which % len(self.processes)]

    @invariant()
    def every_promise_holds(self) -> None:
        self._look(lambda: promises.hold_always(self.network, self.pieces))

    def teardown(self) -> None:
        """When nothing has gone wrong, let everything settle, and look whether it did. Then close the shop."""
        try:
            if self.processes and sys.exc_info()[0] is None:
                self._settle()
                self._look(lambda: promises.hold_in_the_end(self.network))
        finally:
            self._close()

    def _settle(self) -> None:
        """The network is well again, and time goes by with the jobs at work, until every session has ended."""
        self.network.faults.clear()
        for process in self.processes:
            process.steps_to_live = None
            process.die() if self.lost_in_the_end else process.finish()
        while self.network.delayed:
            self._act(lambda: self.network.deliver(0))
        for _ in range(ROUNDS):
            if self._has_settled():
                return
            clock.hold(clock.now() + timedelta(seconds=A_WHILE))
            for job in (self._webhooks_arrive, reconciler.sweep, reconciler.retry, reconciler.reconcile):
                self._act(job, steps=100)
            self.every_promise_holds()

    def _has_settled(self) -> bool:
        def look() -> bool:
            sessions = db.session.scalars(select(PaymentSession)).all()
            return not any(session.state in OPEN or session.returning for session in sessions)

        self._act(self._webhooks_arrive)
        return bool(self._act(look))

    def _webhooks_arrive(self) -> None:
        """Who was told that a reference is closed when it was not learns of its charge by webhook alone."""
        for charge in self.network.charges():
            if charge.session in self.network.misled:
                calls.conclude(charge.session, _attempt_id(charge.session, charge.attempt), APPROVED, "webhook")

    def _act(self, action: Callable[[], Any], steps: int = 0) -> Any:
        """Do something in this process; a refusal is an ordinary answer. Then lead what it left to the pool."""
        before = list(self.here.workers)
        answer = self.here.act(partial(_politely, action))
        for worker in [worker for worker in self.here.workers if worker not in before]:
            self.here.lead(worker, steps)
        return answer

    def _look(self, look: Callable[[], None]) -> None:
        """Look at the books, without hastening anybody's end."""
        steps_to_live, self.here.steps_to_live = self.here.steps_to_live, None
        self.here.act(look)
        self.here.steps_to_live = steps_to_live

    def _session(self, which: int) -> str:
        ids = db.session.scalars(select(PaymentSession.id).order_by(PaymentSession.created_at)).all()
        return ids[which % len(ids)]

    def _workers(self) -> list[tuple[Process, Any]]:
        return [(process, worker) for process in self.processes for worker in process.workers]

    def _tick(self) -> None:
        """No two sessions are opened at the same moment, so that each keeps its number in every replay."""
        clock.hold(clock.now() + timedelta(milliseconds=1))

    def _close(self) -> None:
        for process in self.processes:
            process.die()
        self._until_closed.close()
        clock.hold(None)


def _process(app: Flask, network: BadNetwork, max_attempts: int) -> Process:
    app.logger.disabled = True  # a bad network is reported at every call; here it is no news
    settings = app.extensions["smartcart"].settings.model_copy(update={"max_attempts": max_attempts})
    process = Process(app, settings.gateway_threads)
    app.extensions["smartcart"] = Parts(settings, network, process)
    app.extensions["process"] = process
    return process


def _politely(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (Refused, cart.CartRefused, stock.OutOfStock, PoolFull):
        return None


def _attempt_id(session_id: str, number: int) -> int:
    attempt_id = db.session.scalars(
        select(Attempt.id).where(Attempt.session_id == session_id, Attempt.number == number)
    ).one()
    db.session.rollback()
    return attempt_id
