"""What the status of a payment says, decided here once for the page and for the poll; the template only places it."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from smartcart.amounts import format_money
from smartcart.moments import format_end
from smartcart.payments import words
from smartcart.payments.snapshot import Snapshot
from smartcart.rules.patience import WARN_BEFORE
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, MONEY, OPEN, PAID, State, has_expired
from smartcart.web import isoformat

# Most payments are decided within a second: one look before the first interval is over shows it at once. In seconds.
FIRST_POLL = 0.6


def shown(
    session: Snapshot,
    now: datetime,
    address: str,
    zone: ZoneInfo,
    poll_interval: float,
    shopper: Callable[[], str],
    url_for: Callable[..., str],
    problem: str = "",
    waits: bool = False,
) -> dict[str, Any]:
    """The values of templates/payments/_status.html, plain and final.

    `address` is the session's page, `zone` the shop's time zone, `poll_interval` is in seconds; `shopper` says who
    asks, and is only asked about an order that has ended, for it takes time to find out. `waits` is whether the page
    asks to be answered when there is news.
    """
    state, cancelling = session.state, session.cancelling
    is_open, is_over = state in OPEN, state in AT_REST and has_expired(state, session.expires_at, now)
    choosing = state in AT_REST and not cancelling and not is_over
    confirming = state is State.ACTION_REQUIRED and not cancelling
    seconds_left = max(0, round((session.expires_at - now).total_seconds()))
    is_readers_own = not is_open and not session.merchant and session.owner == shopper()
    heading, reason = words.heading(session), words.reason(session)
    sentence = " ".join(filter(None, [words.sentence(session, zone), words.way_on(session, is_readers_own)]))
    if is_over and not cancelling:
        heading, sentence, reason = words.HEADINGS[State.EXPIRED], words.CLOSING, ""
    time = f"{round(seconds_left / 60)} minutes left." if choosing else ""
    return {
        "state": state.value,
        "money": MONEY[state].value,
        "attempts": session.attempts,
        "version": session.version,
        "problem": problem,
        "heading": heading,
        "sentence": sentence,
        "reason": reason,
        "news": " ".join(filter(None, [f"{heading}.", reason, sentence, time])),
        "open": is_open,
        "choosing": choosing,
        "cancelling": cancelling,
        "in_flight": state in IN_FLIGHT and state is not State.ACTION_REQUIRED,
        "retries_by_itself": session.retry_at is not None and choosing,
        "counter": f"Attempt {session.attempts} of {session.max_attempts}" if _is_counted(session) else "",
        "price": format_money(session.amount, session.currency),
        "paid_order": session.order_reference if state is State.COMPLETED and not session.returning else "",
        "confirm_url": session.action_url if confirming else "",
        "confirm_secret": session.action_secret if confirming and not session.action_url else "",
        "time_counts": choosing or confirming,
        "seconds_left": seconds_left,
        "minutes_left": math.ceil(seconds_left / 60),
        "warn_before": WARN_BEFORE,
        "held_until": isoformat(session.expires_at),
        "held_until_words": format_end(session.expires_at, zone, now),
        "address": address,
        "polls": poll_interval > 0,
        "poll_url": f"{address}/status?seen={session.version}{'&wait=1' if waits else ''}",
        "poll_trigger": _poll_trigger(state, poll_interval, waits) if is_open or session.returning else "",
        "next_step": None if is_open else _next_step(session, is_readers_own, url_for),
        "return_url": "" if is_open else session.return_url,
    }


def _is_counted(session: Snapshot) -> bool:
    return session.state is State.FAILED or (session.attempts > 0 and session.state in OPEN)


def _poll_trigger(state: State, interval: float, waits: bool) -> str:
    """When the status asks for itself again, as htmx reads it; `interval` in seconds, 0 for only when it is told to."""
    triggers = ["refresh"]
    if interval:
        triggers.append(f"every {round(interval * 1000)}ms")
    if waits:
        triggers.append("load")
    elif interval and state is State.PROCESSING:
        triggers.append(f"load delay:{round(FIRST_POLL * 1000)}ms")
    return ", ".join(triggers)


def _next_step(session: Snapshot, is_readers_own: bool, url_for: Callable[..., str]) -> tuple[str, str] | None:
    """Where the reader goes from here, and what the way is called. Only who ordered is shown the way to the receipt.

    From a merchant's payment it is the merchant's own way.
    """
    if session.merchant or session.order_token is None:
        return None
    if not is_readers_own:
        return url_for("shop.show_catalogue"), "To the shop"
    if session.state in PAID:
        return url_for("shop.show_order", token=session.order_token), "See your order"
    return url_for("shop.show_cart"), "Back to your cart"
