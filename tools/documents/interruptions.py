"""What is told of each state and each interruption: on the page, by the API, to merchants."""

from types import SimpleNamespace
from typing import cast

from smartcart import clock
from smartcart.gateways.sandbox.gateway import BEHAVIOURS
from smartcart.payments.core import guards
from smartcart.payments.core.interruptions import INTERRUPTIONS
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.refusals import Refused
from smartcart.payments.page import copy
from smartcart.rules import merchant_events
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import MONEY, State
from tools.documents.markdown import code, table

# What begins, and needs no refusal.
BEGINS = {State.CREATED: "begins", State.INTERRUPTED: "begins, where attempts are left"}
ENDS = {
    Interruption.TIMEOUT: "`checking`, until the gateway has said what came of it",
    Interruption.NETWORK_ERROR: "`checking`; or tried again by itself, where no byte of the request was written",
    Interruption.BROWSER_CLOSED: "it goes on; the page shows the end when it is opened again",
    Interruption.GATEWAY_ERROR: "`checking`, until the gateway has said what came of it",
    Interruption.CRASH: "`checking`, once its deadline is over or the next process has started",
}


def told() -> str:
    """Returns a row for each state."""
    rows = [
        [code(state), code(MONEY[state]), f"**{copy.HEADINGS[state]}**", _event(state), _another_try(state)]
        for state in State
    ]
    return table(["`status`", "`money`", "the page", "event", "another try"], rows)


def causes() -> str:
    """Returns a row for each interruption."""
    return table(
        ["`interruption`", "the page says", "what becomes of it"],
        [[code(each), INTERRUPTIONS[each], ENDS[each]] for each in Interruption],
    )


def sandbox() -> str:
    """Returns a row for each way to pay of the sandbox."""
    rows = [[each.label, code(token), each.hint] for token, each in BEHAVIOURS.items()]
    return table(["way to pay", "`method`", "what the gateway does"], rows)


def _event(state: State) -> str:
    return code(merchant_events.of_step(None, state) or "")


def _another_try(state: State) -> str:
    """What the guard of attempts says of a session that has come there, with its attempts used up if it has failed."""
    left = 0 if state is State.FAILED else 1
    is_over = state is State.EXPIRED
    session = SimpleNamespace(state=state, money=MONEY[state], attempts_left=left, expired=lambda _: is_over)
    if state in BEGINS:
        return BEGINS[state]
    try:
        guards.refuse_attempt(cast(LockedSession, session), clock.now())
    except Refused as refusal:
        return f"{refusal.status} {code(refusal.code)}"
    raise AssertionError(f"another attempt begins while it is {state}")
