"""A gateway that moves no money and misbehaves on demand. Every fault has a name here.

It answers as a remote party would: late, never, or with a dropped connection, while its books say what really happened.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from smartcart.gateways.books import Balance, Charge, FraudWarning, RefundAnswer
from smartcart.gateways.protocol import ChargeRequest, Handle, Method, SavedCard
from smartcart.gateways.sandbox.holds import held_until
from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.gateways.sandbox.requests import Effect, Request
from smartcart.rules.outcomes import (
    APPROVED,
    GATEWAY_ERROR,
    LOST_REPLY,
    NEVER_SENT,
    NOT_CHARGED,
    PENDING,
    TIMED_OUT,
    Interruption,
    Outcome,
    OutcomeKind,
)

# What is in other books says nothing in these.
ELSEWHERE = replace(GATEWAY_ERROR, code="no_such_reference")
QUICK = 0.3
SLOW = 5.0


@dataclass(frozen=True)
class Behaviour:
    """What a method does: its effect after `takes` seconds, and the answer: what happened, or what the caller sees."""

    label: str
    hint: str
    effect: Effect = Effect.CHARGE
    takes: float = QUICK
    code: str = ""
    seen: Outcome | None = None


BEHAVIOURS = {
    "sandbox_approve": Behaviour("Card that works", "Approved after 0.3 seconds."),
    "sandbox_slow": Behaviour("Slow card", "Approved after 5 seconds.", takes=SLOW),
    "sandbox_decline": Behaviour("Declined card", "The bank says no.", Effect.DECLINE, code="card_declined"),
    "sandbox_insufficient_funds": Behaviour(
        "Empty card", "Not enough money on it.", Effect.DECLINE, code="insufficient_funds"
    ),
    "sandbox_timeout": Behaviour("Silent gateway", "Never answers; charges nothing.", Effect.NOTHING, seen=TIMED_OUT),
    "sandbox_timeout_charged": Behaviour("Silent gateway that charges", "Charges, and never answers.", seen=TIMED_OUT),
    "sandbox_unreachable": Behaviour("Gateway out of reach", "Connection refused, every time.", seen=NEVER_SENT),
    "sandbox_unreachable_once": Behaviour(
        "Gateway out of reach once", "Refused on the first attempt, approved on the next.", seen=NEVER_SENT
    ),
    "sandbox_lost_reply": Behaviour("Lost reply", "Charges, then the connection drops.", seen=LOST_REPLY),
    "sandbox_challenge": Behaviour("Card with confirmation", "Your bank asks you to confirm.", Effect.CHALLENGE),
}


class Sandbox:
    """The gateway protocol over a ledger file. `now` tells seconds since 1970; `sleep` waits for seconds.

    `sub_path` is where the shop lies whose pages its bank shares, such as /shop; empty at the root of a host.
    """

    name = "sandbox"
    is_test = True
    browser = None  # its ways to pay are chosen by name

    def __init__(
        self,
        path: Path,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        sub_path: str = "",
    ) -> None:
        self.ledger = Ledger(path, now)
        self._sub_path = sub_path
        self._now = now
        self._sleep = sleep

    @property
    def account(self) -> str:
        return f"{self.name} {self.ledger.id}"

    def learn_account(self) -> None:
        """It is written in the books."""

    def methods(self) -> tuple[Method, ...]:
        return tuple(Method(token, behaviour.label, behaviour.hint) for token, behaviour in BEHAVIOURS.items())

    def accepts(self, method: str) -> bool:
        return method in BEHAVIOURS

    def refuses(self, amount: int, currency: str) -> None:
        """It takes every sum."""

    def open(self, handle: Handle, timeout: float) -> str:
        return self.ledger.open(handle.session, handle.amount, handle.currency, handle.order)

    def charge(self, request: ChargeRequest) -> Outcome:
        method = self._method(request)
        if method is None:
            return Outcome(OutcomeKind.DECLINED, code="unknown_method")
        if not self.ledger.knows(request.reference):
            return Outcome(OutcomeKind.NOT_CHARGED, Interruption.GATEWAY_ERROR)
        behaviour = BEHAVIOURS[method]
        if behaviour.seen is NEVER_SENT and not (method == "sandbox_unreachable_once" and request.attempt > 1):
            return NEVER_SENT
        if request.keep:
            self.ledger.cards.allow(request.reference, request.attempt, method)
        asks = request.precaution.confirm and behaviour.effect is Effect.CHARGE
        effect = Effect.CHALLENGE if asks else behaviour.effect
        effective_at = None if effect in (Effect.CHALLENGE, Effect.NOTHING) else self._now() + behaviour.takes
        self.ledger.request(
            request.reference,
            request.attempt,
            Request(effect, effective_at, behaviour.code, request.return_url, request.precaution.set_aside),
        )
        return self._answer(request, behaviour)

    def ask(self, handle: Handle, attempt: int) -> Outcome:
        reference = self._reference(handle)
        standing = self.ledger.find(reference, attempt)
        if standing is None:
            return ELSEWHERE
        if standing.is_charged:
            return APPROVED
        found = standing.request
        if standing.is_closed or (found and found.effect is Effect.NOTHING):
            return NOT_CHARGED
        if standing.held_at is not None:
            return Outcome(OutcomeKind.AUTHORIZED, held_until=held_until(standing.held_at))
        if found is None:
            return PENDING  # it may still be on its way
        if found.effect is Effect.CHALLENGE:
            return Outcome(OutcomeKind.ACTION_REQUIRED, action_url=self._sub_path + challenge_path(reference, attempt))
        if found.effective_at is not None and found.effective_at > self._now():
            return PENDING
        return Outcome(OutcomeKind.DECLINED, code=found.code) if found.effect is Effect.DECLINE else PENDING

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        if self.ledger.knows(reference := self._reference(handle)):
            self.ledger.withdraw(reference, attempt)
        return self.ask(handle, attempt)

    def close(self, handle: Handle) -> Outcome:
        reference = self._reference(handle)
        if not self.ledger.knows(reference):
            return ELSEWHERE
        if self.ledger.close(reference):
            return NOT_CHARGED
        return APPROVED if self.ledger.is_charged(reference) else PENDING

    def capture(self, handle: Handle) -> Outcome:
        if self.ledger.knows(reference := self._reference(handle)):
            self.ledger.capture(reference)
        return self.ask(handle, attempt=0)

    def refund(self, handle: Handle, amount: int, key: str) -> RefundAnswer:
        is_made = self.ledger.refund(self._reference(handle), amount, key)
        return RefundAnswer.MADE if is_made else RefundAnswer.REFUSED

    def balance(self, handle: Handle) -> Balance:
        return self.ledger.balance(self._reference(handle))

    def reference_behind(self, kind: str, subject: str) -> str:
        return ""  # it tells nothing by itself

    def charges(self, since: datetime | None = None) -> Iterator[Charge]:
        return self.ledger.charges(since.timestamp() if since else 0)

    def fraud_warnings(self, since: datetime) -> Iterator[FraudWarning]:
        return iter(())  # no issuer stands behind its cards

    def fraud_warnings_of(self, handle: Handle) -> tuple[FraudWarning, ...]:
        return ()

    def customer(self, shopper: str, instead_of: str = "") -> str:
        return self.ledger.cards.customer(shopper)

    def save_card(self, handle: Handle, customer: str) -> None:
        self.ledger.cards.save_card(self._reference(handle), customer)

    def saved_cards(self, customer: str) -> tuple[SavedCard, ...]:
        return self.ledger.cards.of(customer)

    def forget(self, customer: str, token: str) -> bool:
        return self.ledger.cards.forget(customer, token)

    def end(self) -> None:
        self.ledger.end()

    def _method(self, request: ChargeRequest) -> str | None:
        """What is to be charged, a kept card by what it is; None for what nobody offered."""
        if request.method in BEHAVIOURS:
            return request.method
        return self.ledger.cards.method(request.customer, request.method)

    def _reference(self, handle: Handle) -> str:
        """The handle's reference; one that was lost on the way to us is found again by its session."""
        return handle.reference or self.open(handle, QUICK)

    def _answer(self, request: ChargeRequest, behaviour: Behaviour) -> Outcome:
        """What the caller sees, and when: never later than its own timeout."""
        if behaviour.seen is TIMED_OUT or behaviour.takes >= request.timeout:
            self._sleep(request.timeout)
            return TIMED_OUT
        self._sleep(behaviour.takes)
        if behaviour.seen is LOST_REPLY:
            return LOST_REPLY
        return self.ask(Handle(request.session, request.reference, request.amount, request.currency), request.attempt)


def challenge_path(reference: str, attempt: int) -> str:
    """Where the bank's confirmation page of an attempt is, from where the shop lies."""
    return f"/bank/{reference}/{attempt}"
