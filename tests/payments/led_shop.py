"""A shop led step by step through a bad day: its processes, its gateway behind a bad network, and the clock."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core.gateway_pace import GatewayPace
from smartcart.payments.core.known_weather import KnownWeather
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.refusals import Refused
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.flow import opening
from smartcart.payments.flow.opening import Agreed
from smartcart.rules.payment_states import AT_REST, ENDED_UNPAID, State
from smartcart.shop import cart, stock
from smartcart.shop.models import Product
from tests.payments.bad_network import BadNetwork
from tests.payments.lockstep import Process, Worker, mortal_commits
from tests.payments.opened import BASE_URL, MERCHANT, NOW, time_passes
from tests.support.shopper import product

# Each session is looked at after each step.
MOST_SESSIONS = 6


class LedShop:
    """A shop whose processes are `apps`, on their empty database. There are `pieces` of the one thing it sells.

    `books` is where the gateway's are kept; a gateway that `lies` does not really close what it says it closed.
    """

    def __init__(self, apps: Sequence[Flask], books: Path, max_attempts: int, pieces: int, lies: bool) -> None:
        clock.freeze(NOW)
        for leftover in books.parent.glob(books.name + "*"):
            leftover.unlink()
        self.network = BadNetwork(books, lies)
        self.processes = [_process(app, self.network, max_attempts) for app in apps]
        self.here = self.processes[0]
        self.pieces, self.max_attempts = pieces, max_attempts
        self._merchant = replace(MERCHANT, max_attempts=max_attempts)
        self._until_closed = ExitStack()
        self._until_closed.enter_context(mortal_commits())
        self.act(lambda: product(stock=pieces))

    def close(self) -> None:
        for process in self.processes:
            process.die()
        self._until_closed.close()
        clock.freeze(None)

    def act(self, action: Callable[[], Any], steps: int = 0) -> Any:
        """Do something in this process; a refusal is an ordinary answer. Then lead what it left to the pool."""
        before = list(self.here.workers)
        answer = self.here.act(partial(_politely, action))
        for worker in [worker for worker in self.here.workers if worker not in before]:
            self.here.lead(worker, steps)
        return answer

    def look(self, look: Callable[[], Any]) -> Any:
        """Look at the books, without hastening anybody's end."""
        steps_to_live, self.here.steps_to_live = self.here.steps_to_live, None
        seen = self.here.act(look)
        self.here.steps_to_live = steps_to_live
        return seen

    def workers(self) -> list[tuple[Process, Worker]]:
        """The threads of all pools, each with its process."""
        return [(process, worker) for process in self.processes for worker in process.workers]

    def order(self, quantity: int) -> None:
        with writing():
            cart.put("ada", db.session.scalars(select(Product)).one(), quantity)
        _tick()
        before = db.session.scalars(select(PaymentSession.id)).all()  # beside which she means it
        opening.place_and_open("ada", "Ada", "ada@example.org", BASE_URL, Agreed(before))

    def open_again(self, session_id: str) -> None:
        order_id = db.session.get_one(PaymentSession, session_id).order_id
        if order_id is not None:
            _tick()
            opening.open_for_order(order_id, BASE_URL, "shopper")

    def merchant_opens(self, number: int) -> None:
        _tick()
        opening.open_for_merchant(replace(self._merchant, order_reference=f"A-{number}"), "merchant")

    def make_somebody_able_to_pay(self) -> None:
        """As long as there are not too many, a new session takes the place of those that cannot be paid now.

        It is for an order that had one before, if that is still to be paid: one of the two may be charged late.
        """
        states = db.session.scalars(select(PaymentSession.state)).all()
        if len(states) >= MOST_SESSIONS or AT_REST.intersection(states):
            return
        try:
            if len(states) % 2:
                self.open_again(self.session(0, ENDED_UNPAID))
            else:
                self.merchant_opens(0)
        except Refused:
            self.merchant_opens(len(states))

    def session(self, which: int, states: Collection[State] = ()) -> str:
        """The id of a session, of those in `states` if there are any; 0 is the newest."""
        sessions = db.session.scalars(select(PaymentSession).order_by(PaymentSession.created_at)).all()
        fitting = [session.id for session in sessions if session.state in states]
        ids = fitting or [session.id for session in sessions]
        return ids[-1 - which % len(ids)]


def attempt_id(session_id: str, number: int) -> int:
    found = select(Attempt.id).where(Attempt.session_id == session_id, Attempt.number == number)
    known = db.session.scalars(found).one()
    db.session.rollback()
    return known


def _process(app: Flask, network: BadNetwork, max_attempts: int) -> Process:
    app.logger.disabled = True  # a bad network is reported at every call; here it is no news
    settings = app.extensions["smartcart"].settings.model_copy(update={"max_attempts": max_attempts})
    process = Process(app, settings.gateway_threads)
    app.extensions["smartcart"] = Runtime(
        settings,
        network,
        process,
        lambda: None,
        GatewayPace(settings.gateway_threads),
        KnownWeather(app, lambda: "", is_on=False),
        app.extensions["smartcart"].wanted_letters,
        app.extensions["smartcart"].fraud,
    )
    app.extensions["process"] = process
    return process


def _politely(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (Refused, cart.CartRefused, stock.OutOfStock):
        return None


def _tick() -> None:
    """No two sessions are opened at the same moment, so that each keeps its place in every replay."""
    time_passes(0.001)
