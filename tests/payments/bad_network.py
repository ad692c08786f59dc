"""The sandbox at the other end of a network that refuses, loses, delays and repeats."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TypeVar

from smartcart import clock
from smartcart.database.session import db
from smartcart.gateways.books import Balance, Charge, RefundAnswer
from smartcart.gateways.protocol import ChargeRequest, GatewayError, Handle, Method
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core.queries import attempts_of, events_of
from smartcart.rules.outcomes import NEVER_SENT, NOT_CHARGED, TIMED_OUT, Outcome
from smartcart.rules.payment_states import PAID, Move, State
from tests.payments.lockstep import Worker, live_a_step
from tests.support.databases import in_transaction

Answer = TypeVar("Answer")


class Fault(Enum):
    """What befalls a call."""

    REFUSED = "the connection is refused"
    LOST_REQUEST = "the request never arrives"
    LOST_REPLY = "the answer never arrives"
    DELAYED = "a charge arrives after its sender has given up"


# Before anything is opened or charged; a question is never told that it was refused.
REFUSABLE = {"open", "charge"}


@dataclass(frozen=True)
class Said:
    """What the gateway said of an attempt, whether or not it was heard."""

    session: str
    attempt: int
    outcome: Outcome


class BadNetwork:
    """The gateway as the shop meets it. Each call stops before it leaves and before its answer is read.

    A gateway that `lies` says that a reference is closed, and does not close it. Its first charge is a late one: what
    came of the lie would otherwise hardly ever be seen.
    """

    name = Sandbox.name
    is_test = True

    def __init__(self, books: Path, lies: bool) -> None:
        self.lies = lies
        self.sandbox = Sandbox(books, lambda: clock.now().timestamp(), _sleep)
        self.faults: list[Fault] = [Fault.DELAYED] if lies else []
        self.said: list[Said] = []
        self.delayed: list[ChargeRequest] = []
        # Sessions that were told "not taken" by an honest answer before a charge arrived, or by one that was not.
        self.misled: set[str] = set()
        self.complaints: list[str] = []

    def methods(self) -> tuple[Method, ...]:
        return self.sandbox.methods()

    browser = None

    @property
    def account(self) -> str:
        return self.sandbox.account

    def learn_account(self) -> None:
        self.sandbox.learn_account()

    def refuses(self, amount: int, currency: str) -> None:
        """It takes every sum."""

    def accepts(self, method: str) -> bool:
        return self.sandbox.accepts(method)

    def open(self, handle: Handle, timeout: float) -> str:
        try:
            return self._call("open", lambda: self.sandbox.open(handle, timeout))
        except ConnectionRefusedError as error:
            raise GatewayError(outcome=NEVER_SENT) from error
        except ConnectionError as error:
            raise GatewayError from error

    def charge(self, request: ChargeRequest) -> Outcome:
        def arrive() -> Outcome:
            self._note_if_given_up(request)
            outcome = self.sandbox.charge(request)
            self.said.append(Said(request.session, request.attempt, outcome))
            return outcome

        if self._is_next(Fault.DELAYED):
            self.delayed.append(request)
            _sleep(request.timeout)
            return TIMED_OUT
        try:
            return self._call("charge", arrive)
        except ConnectionRefusedError:
            return NEVER_SENT

    def ask(self, handle: Handle, attempt: int) -> Outcome:
        return self._call("ask", lambda: self.sandbox.ask(handle, attempt))

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        return self._call("withdraw", lambda: self.sandbox.withdraw(handle, attempt))

    def close(self, handle: Handle) -> Outcome:
        return self._call("close", lambda: self._close(handle))

    def refund(self, handle: Handle, amount: int, key: str) -> RefundAnswer:
        return self._call("refund", lambda: self.sandbox.refund(handle, amount, key))

    def balance(self, handle: Handle) -> Balance:
        try:
            return self._call("balance", lambda: self.sandbox.balance(handle))
        except ConnectionError as error:
            raise GatewayError from error

    def charges(self, since: datetime | None = None) -> Iterator[Charge]:
        return self.sandbox.charges(since)

    def deliver(self, index: int) -> None:
        """A delayed request arrives after all, when nobody listens any more."""
        request = self.delayed.pop(index % len(self.delayed))
        self._note_if_given_up(request)
        self.said.append(Said(request.session, request.attempt, self.sandbox.charge(request)))

    def _call(self, method: str, call: Callable[[], Answer]) -> Answer:
        if in_transaction():
            self.complaints.append(f"{method} is called inside a transaction")
        live_a_step()
        Worker.stop()
        if method in REFUSABLE and self._is_next(Fault.REFUSED):
            raise ConnectionRefusedError
        if self._is_next(Fault.LOST_REQUEST):
            raise ConnectionResetError
        answer = call()
        live_a_step()
        Worker.stop()
        if self._is_next(Fault.LOST_REPLY):
            raise ConnectionResetError
        return answer

    def _close(self, handle: Handle) -> Outcome:
        if not self.lies or self._is_charged(handle):
            return self.sandbox.close(handle)
        self.misled.add(handle.session)
        return NOT_CHARGED

    def _is_next(self, fault: Fault) -> bool:
        """Whether this fault is next in line; it befalls once."""
        is_next = self.faults[:1] == [fault]
        if is_next:
            self.faults.pop(0)
        return is_next

    def _is_charged(self, handle: Handle) -> bool:
        return any(charge.session == handle.session for charge in self.sandbox.charges())

    def _note_if_given_up(self, request: ChargeRequest) -> None:
        """A charge that arrives when its attempt is no longer waited for belies what was true when it was given up."""
        db.session.rollback()
        attempt = next(reversed(attempts_of(request.session)), None)
        assert attempt
        state, is_latest = attempt.session.state, attempt.number == request.attempt
        moves = {event.move for event in events_of(request.session) if event.attempt == request.attempt}
        db.session.rollback()
        if state in PAID or (is_latest and state is State.PROCESSING):
            return
        if Move.NO_ANSWER not in moves:
            self.complaints.append(f"attempt {request.attempt} was ended before its call was")
        self.misled.add(request.session)


def _sleep(seconds: float) -> None:
    """Time goes by for everybody; what happens meanwhile may take longer."""
    wakes = clock.now().timestamp() + seconds
    live_a_step()
    Worker.stop()
    if clock.now().timestamp() < wakes:
        clock.freeze(datetime.fromtimestamp(wakes, UTC))
