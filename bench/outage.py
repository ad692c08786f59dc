"""After an outage of an hour 10,000 payments are in the dark: how fast they are settled once the gateway answers again.

It takes a fixed time for each call, however many there are at once, so what it could answer is known: that is the
yardstick. Shoppers go on paying meanwhile.
"""

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Event

from flask import Flask
from sqlalchemy import bindparam, insert, select, update

from bench import sessions
from bench.figures import Figure, milliseconds
from bench.instant import InstantGateway
from bench.payment import open_session
from bench.rig import DATABASES, Rig
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.books import Balance, Charge, FraudWarning
from smartcart.gateways.protocol import ChargeRequest, GatewayError, Handle
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.flow import desk
from smartcart.rules import patience
from smartcart.rules.outcomes import APPROVED, TIMED_OUT, Outcome
from smartcart.rules.payment_states import State
from smartcart.server import timetable
from tests.support.waiting import wait_for

IN_THE_DARK = 10_000
# Seconds for a call: as the sandbox takes.
TAKES = 0.3
# So long a question hangs while the gateway is down, as one does at Stripe (`LONGEST_QUESTION`). In seconds.
HANGS = 10.0
# By then of what hangs the first has been given up, and it is known that the gateway is down. In seconds.
OUTAGE = 15.0
# All of the sessions would take four minutes. How many are settled a second stays the same after the first ten seconds,
# in which threads still hang; those are counted too. In seconds.
WATCHED = 45.0
# Of a shopper who presses Pay: so many each second, and so long while nothing else goes on.
PRESSES, UNDISTURBED = 2, 12.0
# The first of those in the dark has its answer by then. In seconds.
FIRST_BY = 5.0
# A payment that takes longer than this never ends. In seconds.
LIMIT = 60.0
# Some of the threads are always left to shoppers, and an answer takes its time to be written down.
OF_ITS_OWN_RATE, SLOWER = 0.67, 1.2


class ReturningGateway(InstantGateway):
    """Approves everything after a while; while it is down it says nothing at all."""

    def __init__(self) -> None:
        self.is_up = True

    def accepts(self, method: str) -> bool:
        return True

    def open(self, handle: Handle, timeout: float) -> str:
        self._answer()
        return super().open(handle, timeout)

    def charge(self, request: ChargeRequest) -> Outcome:
        return self._answer()

    def ask(self, handle: Handle, attempt: int) -> Outcome:
        return self._answer()

    def balance(self, handle: Handle) -> Balance:
        """Asked for before a letter of what was settled a while ago is made."""
        self._answer()
        return Balance(charged=handle.amount, refunded=0)

    def charges(self, since: datetime | None = None) -> Iterator[Charge]:
        """None: to compare books of which it has none, the shop would ask for each balance. Raises GatewayError."""
        raise GatewayError("it has none")

    def fraud_warnings(self, since: datetime) -> Iterator[FraudWarning]:
        return iter(())

    def _answer(self) -> Outcome:
        is_up = self.is_up
        time.sleep(TAKES if is_up else HANGS)
        return APPROVED if is_up else TIMED_OUT


@dataclass(frozen=True)
class Recovery:
    """What was seen of one: in seconds, and sessions settled a second."""

    first_answer: float
    settled: float
    payments_alone: list[float]
    payments: list[float]


def figures(rig: Rig) -> Iterator[Figure]:
    """Settled a second, the first answer, and how long a shopper's new payment takes meanwhile."""
    own_rate = _own_rate()
    for database in DATABASES:
        seen = _recovery(rig, database)
        yield Figure(
            f"{IN_THE_DARK:,} in the dark after an outage: settled, of what the gateway answers",
            database,
            seen.settled / own_rate,
            f"{seen.settled:.0f}/s",
            f"{own_rate:.0f}/s",
            at_least=OF_ITS_OWN_RATE,
        )
        name = f"first of them settled after the gateway is back, of {FIRST_BY:.0f} s"
        yield Figure(name, database, seen.first_answer / FIRST_BY, f"{seen.first_answer:.1f} s", at_most=1)
        yield Figure(
            "a shopper's new payment beside them, of that without",
            database,
            median(seen.payments) / median(seen.payments_alone),
            milliseconds(seen.payments),
            milliseconds(seen.payments_alone),
            at_most=SLOWER,
        )


def _own_rate() -> float:
    """What the gateway answers a second where each thread that the shop has for it asks all the time."""
    gateway, threads, over = ReturningGateway(), Settings.model_fields["gateway_threads"].default, Event()

    def ask() -> int:
        answered = 0
        while not over.is_set():
            gateway.ask(Handle("", "", 1, "EUR"), 1)
            answered += 1
        return answered

    with ThreadPoolExecutor(threads) as asking:
        began = time.perf_counter()
        answers = [asking.submit(ask) for _ in range(threads)]
        time.sleep(10 * TAKES)
        over.set()
        return sum(each.result() for each in answers) / (time.perf_counter() - began)


def _recovery(rig: Rig, database: str) -> Recovery:
    url, gateway = rig.database(database), ReturningGateway()
    app = rig.app(url, gateway)
    with rig.as_server(), app.app_context(), _timetable(rig, app, url):
        with _paying_shoppers(app) as alone:
            time.sleep(UNDISTURBED)
        gateway.is_up = False
        _leave_in_the_dark(url)
        time.sleep(OUTAGE)
        gateway.is_up, back_at = True, datetime.now(UTC)
        with _paying_shoppers(app) as beside:
            time.sleep(WATCHED)
        settled = _settled(back_at)
        return Recovery(
            first_answer=min(settled, default=WATCHED),
            settled=len(settled) / WATCHED,
            payments_alone=alone,
            payments=beside,
        )


def _leave_in_the_dark(url: str) -> None:
    """As an hour without an answer leaves them: each was asked about at some moment of the last ten minutes."""
    sessions.fill(url, IN_THE_DARK)
    now, longest = datetime.now(UTC), patience.LONGEST_LOOK
    of_shop = PaymentSession.merchant == ""
    left = update(PaymentSession).where(of_shop)
    tried = select(
        PaymentSession.id,
        PaymentSession.attempts,
        PaymentSession.max_attempts,
        PaymentSession.method,
        PaymentSession.created_at,
        PaymentSession.created_at,
    ).where(of_shop)
    columns = ["session_id", "number", "max_attempts", "method", "begun_at", "deadline_at"]
    asked_again = [
        {"of": sessions.identifier(number), "at": now + timedelta(seconds=longest * number / IN_THE_DARK)}
        for number in range(IN_THE_DARK)
    ]
    with db.engine.begin() as connection:
        connection.execute(left.values(state=State.CHECKING, account=InstantGateway.account, reference="kept", looks=9))
        connection.execute(insert(Attempt).from_select(columns, tried))
        connection.execute(
            update(PaymentSession).where(PaymentSession.id == bindparam("of")).values(due_at=bindparam("at")),
            asked_again,
        )


def _settled(since: datetime) -> list[float]:
    """When each of those that were in the dark was settled, in seconds from then."""
    ended = select(PaymentSession.ended_at).where(
        PaymentSession.merchant == "", PaymentSession.state == State.COMPLETED
    )
    with db.engine.connect() as connection:
        moments = connection.scalars(ended).all()
    seconds = [(moment - since).total_seconds() for moment in moments if moment]
    return [each for each in seconds if each <= WATCHED]


@contextmanager
def _paying_shoppers(app: Flask) -> Iterator[list[float]]:
    """Somebody presses Pay all the time; how long each payment took from the press, in seconds, once all are made."""
    pressed: dict[str, datetime] = {}
    took: list[float] = []
    over = Event()

    def press() -> None:
        with app.app_context():
            while not over.wait(1 / PRESSES):
                session_id = open_session()
                pressed[session_id] = datetime.now(UTC)
                desk.pay(session_id, "sandbox_approve", "shopper")

    with ThreadPoolExecutor(1) as shopper:
        pressing = shopper.submit(press)
        try:
            yield took
        finally:
            over.set()
            pressing.result()
    wait_for(lambda: len(_ended(pressed)) == len(pressed), LIMIT)
    took += [(ended_at - pressed[session_id]).total_seconds() for session_id, ended_at in _ended(pressed).items()]


def _ended(session_ids: Collection[str]) -> dict[str, datetime]:
    """When those of these sessions ended that have."""
    ended = select(PaymentSession.id, PaymentSession.ended_at).where(
        PaymentSession.id.in_(session_ids), PaymentSession.ended_at.is_not(None)
    )
    with db.engine.connect() as connection:
        return {session_id: ended_at for session_id, ended_at in connection.execute(ended) if ended_at}


@contextmanager
def _timetable(rig: Rig, app: Flask, url: str) -> Iterator[None]:
    """All jobs of a shop that serves, in this process."""
    jobs = timetable.start(app, rig.settings(url))
    try:
        yield
    finally:
        app.extensions["smartcart"].pool.close(HANGS)
        jobs.shutdown()
        db.session.remove()
        db.engine.dispose()
