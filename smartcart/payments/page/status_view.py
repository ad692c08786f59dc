"""What the status of a payment says, decided here once for the page and for the poll; the template only places it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from smartcart.moments import format_end, isoformat
from smartcart.money.format import format_money
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.page import contact, copy, status_copy, weather_copy
from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.patience import MAX_EXTENSIONS, WARN_BEFORE
from smartcart.rules.payment_states import AT_REST, ENDED_UNPAID, IN_FLIGHT, MONEY, OPEN, PAID, Money, State


@dataclass(frozen=True)
class Said:
    """What the page says about what was just done: why it was not, as a `problem`, or that it was, as a `notice`."""

    problem: str = ""
    notice: str = ""


NOTHING = Said()


class Page(NamedTuple):
    """The page that the status is on: its address, who reads it, and how it makes addresses of other pages.

    `shopper` is only asked about an order that has ended, for it takes time to find out.
    """

    address: str
    shopper: Callable[[], str]
    url_for: Callable[..., str]


def view(session: Snapshot, now: datetime, parts: Runtime, page: Page, said: Said = NOTHING) -> dict[str, Any]:
    """The values of templates/payments/_status.html, plain and final."""
    state, settings = session.state, parts.settings
    is_open, is_over, tries_again = (
        state in OPEN,
        status_copy.is_over(session, now),
        status_copy.tries_again(session, now),
    )
    is_readers_own = not is_open and not session.merchant and session.owner == page.shopper()
    told = status_copy.announcement(session, now, settings.time_zone, is_readers_own, parts.usual_wait)
    is_stuck = state in AT_REST and not session.cancelling and session.is_elsewhere(parts.gateway)
    if is_stuck:
        told = status_copy.Told(told.heading, (copy.ELSEWHERE,))
    is_used_up = state in AT_REST and not session.cancelling and session.attempts >= session.max_attempts
    if is_used_up and not is_over:
        told = status_copy.Told(told.heading, (copy.STRANDED,))
    choosing = state in AT_REST and not (session.cancelling or is_over or tries_again or is_stuck or is_used_up)
    confirming = state is State.ACTION_REQUIRED and not session.cancelling
    in_flight = state in IN_FLIGHT and state is not State.ACTION_REQUIRED
    return {
        "state": state.value,
        "money": Money.CHECKING.value if tries_again else MONEY[state].value,
        "attempts": session.attempts,
        "version": session.version,
        "problem": said.problem,
        "notice": said.notice,
        "heading": told.heading,
        "lines": told.lines,
        "news": " ".join(filter(None, [said.notice, told.announced])),
        "open": is_open,
        "may_cancel": is_open and not session.cancelling,
        "may_abandon": confirming,
        "choosing": choosing,
        "cancelling": session.cancelling,
        "in_flight": in_flight,
        "is_over": is_over,
        "busy": in_flight or is_over or tries_again,
        "counter": copy.counter(session) if _is_counted(session) else "",
        "price": format_money(session.amount, session.currency),
        "paid_order": session.order_reference if state is State.COMPLETED and not session.returning else "",
        "may_want_back": session.paid_after_cancel and session.refund_wanted_at is None and not session.refunded,
        "refunds_url": _refunds_url(session, is_readers_own, page.url_for),
        "may_state": state in ENDED_UNPAID and session.attempts > 0,
        "letter_to": _letter_to(session),
        "letter_words": weather_copy.WHEN_KNOWN,
        **(weather_copy.of(session, parts) if choosing else {}),
        "contact": contact.of(session, settings.contact),
        "confirm_url": session.action_url if confirming else "",
        "confirm_secret": session.action_secret if confirming and not session.action_url else "",
        **_time(session, now, choosing or confirming),
        **(_held(session, now, settings.time_zone) if choosing or confirming else {}),
        "address": page.address,
        "polls": settings.poll_interval > 0,
        **_polling(session, page.address, settings.poll_interval, settings.pages_wait),
        "next_step": None if is_open else _next_step(session, is_readers_own, page.url_for),
        "return_url": "" if is_open else session.return_url,
    }


def _refunds_url(session: Snapshot, is_readers_own: bool, url_for: Callable[..., str]) -> str:
    """Where who ordered sees the steps of what is given back; empty where nothing is, and for anybody else."""
    goes_back = session.refunded or session.refund_pending or session.refund_failed or session.returning
    if not (goes_back and is_readers_own and session.order_token):
        return ""
    return url_for("refund_tracker.show", token=session.order_token)


def _time(session: Snapshot, now: datetime, counts: bool) -> dict[str, Any]:
    """What time is left, and when the page is to count it as over by itself."""
    seconds_left = max(0, math.ceil((session.expires_at - now).total_seconds()))
    retries_in = status_copy.retries_in(session.retry_at, now) if session.retry_at else None
    return {
        "time_counts": counts,
        "seconds_left": seconds_left,
        "turns_into": status_copy.Press.RETRY if retries_in is not None else status_copy.Press.TIME,
        "turns_in": seconds_left if retries_in is None else max(0, round(retries_in, 1)),
    }


def _held(session: Snapshot, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What the page says of the time that is left, where it counts."""
    return {
        "minutes_left": math.ceil((session.expires_at - now).total_seconds() / 60),
        "warn_before": WARN_BEFORE,
        "held_until": isoformat(session.expires_at),
        "held_until_words": format_end(session.expires_at, zone, now),
        "extendable": session.extensions < MAX_EXTENSIONS,
    }


def _letter_to(session: Snapshot) -> str:
    """Where word of the outcome would go, masked, while it can be asked for; empty otherwise."""
    if session.order_email and session.state is State.CHECKING and session.letter_wanted_at is None:
        return copy.masked(session.order_email)
    return ""


def _is_counted(session: Snapshot) -> bool:
    return session.state is State.FAILED or (session.attempts > 0 and session.state in OPEN)


def _polling(session: Snapshot, address: str, interval: float, pages_wait: bool) -> dict[str, Any]:
    """How the status asks for itself, if it changes at all: when it is told to; now and then, by `interval` in seconds,
    of which 0 is never; and by a request that waits for news, as always while a payment is under way.
    """
    changes = session.state in OPEN or session.returning
    waits = interval > 0 and (pages_wait or session.state is State.PROCESSING)
    return {
        "poll_url": f"{address}/status?seen={session.version}{'&wait=1' if waits else ''}" if changes else "",
        "poll_trigger": "refresh, load" if waits else "refresh",
        "poll_every": round(interval * 1000) if changes else 0,
    }


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
