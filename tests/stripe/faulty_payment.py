"""One payment on a bad network: what the page says all the while, held against Stripe's books."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flask import Flask

from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import reconciler
from smartcart.payments.saved_cards import saving
from smartcart.rules.payment_states import State
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.visitor import Status, read_status
from tests.support.waiting import wait_for

# Seconds; most take a tenth of one.
LIMIT = 15.0


@dataclass
class FaultyPayment:
    """A session that a shopper pays at Stripe. `said` is all that the page said of the money, without repetitions."""

    app: Flask
    shopper: Shopper
    stripe: StripeServer
    session: str
    said: list[str] = field(default_factory=list)
    # How many attempts there were when the page said last that no money was taken.
    promised: int = 0

    def pay(self, number: str, **fields: str) -> None:
        answer = self.shopper.pay(self.session, self.stripe.token(number), **fields)
        assert answer.status_code == 303, answer.text

    def cancel(self) -> None:
        assert self.shopper.post(f"/pay/{self.session}/cancel").status_code == 303

    def wait_so_long(self, seconds: float) -> None:
        """From now on the shop waits so long for Stripe."""
        here = runtime()
        here.gateway._access.patience = seconds
        settings = here.settings.model_copy(update={"payment_timeout": seconds})
        self.app.extensions["smartcart"] = replace(here, settings=settings)

    def look(self) -> Status:
        """What the page says, which must be true: before it was asked, and after."""
        charged_before = self.charges()
        status = read_status(self.shopper.get(f"/pay/{self.session}").text)
        if status.money == "not_taken":
            assert not charged_before, f"the page says {status.text!r}, and Stripe has charged"
            self.promised = status.attempts
        if status.money in ("taken", "returned"):
            assert self.charges(), f"the page says {status.text!r}, and Stripe has charged nothing"
        if status.money not in self.said[-1:]:
            self.said.append(status.money)
        return status

    def wait_until(self, *states: str) -> Status:
        """Let the jobs of the shop run until the page shows one of these states."""

        def reached() -> Status | None:
            self.run_jobs()
            status = self.look()
            return status if status.state in states else None

        found = wait_for(reached, LIMIT)
        assert found
        return found

    def wait_until_asked(self, times: int = 2) -> None:
        """Let the jobs run until the shop has asked so often in vain, or has nothing to ask any more."""

        def is_asked() -> bool:
            self.run_jobs()
            self.look()
            session = queries.find(self.session)
            return session.looks >= times or session.due_at is None or session.retry_at is not None

        wait_for(is_asked, LIMIT)
        self.look()

    def insist(self, act: Callable[["FaultyPayment"], None]) -> None:
        """Let the jobs run, and do again what came to nothing, as a shopper would."""
        self.run_jobs()
        session = queries.find(self.session)
        if session.state is State.INTERRUPTED and session.retry_at is None:
            act(self)

    def run_jobs(self) -> None:
        reconciler.retry()
        reconciler.reconcile()
        saving.make_good()

    def charges(self) -> list[int]:
        """The attempts that were charged."""
        return [
            int(charge["metadata"]["smartcart_attempt"])
            for charge in self.stripe.charges()
            if charge["metadata"]["smartcart_session"] == self.session
        ]


def key_of(text: str, session: str) -> str:
    """A pattern that has the session in it."""
    return text.replace("SESSION", re.escape(session))
