"""How the API shows what happened to a payment session."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from json import JSONEncoder
from typing import Any

from smartcart import clock
from smartcart.moments import isoformat
from smartcart.payments.core.models import Attempt, Event, EventKind, PaymentSession
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.session_json import of_session
from smartcart.rules.outcomes import OutcomeKind

# Whoever acted for the shop, where it is told to others.
THE_SHOP = "shop"
# As flask.json.provider.DefaultJSONProvider has it where nothing is debugged.
_ENCODER = JSONEncoder(sort_keys=True, separators=(",", ":"))


def as_text(answer: dict[str, Any]) -> str:
    """What Flask's jsonify writes."""
    return _ENCODER.encode(answer)


def summary(
    session: PaymentSession,
    attempts: Sequence[Attempt],
    events: Sequence[Event],
    refunds: Sequence[Refund],
    reader: str = "",
) -> dict[str, Any]:
    """The session with all that happened to it.

    `reader` is the actor whom it is shown to, empty for the shop's owner: nobody else is told of fraud rules, nor who
    acted for the shop and for what reason.
    """
    told = [event for event in events if not (reader and event.kind is EventKind.JUDGED)]
    return {
        "session": of_session(session, clock.now(), runtime().gateway),
        "attempts": [_attempt(attempt) for attempt in attempts],
        "interruptions": Counter(event.interruption for event in events if event.interruption),
        "refunds": [_refund(refund, reader) for refund in refunds],
        "duration": _seconds(session.created_at, session.ended_at or clock.now()),
        "timeline": [_event(event, reader) for event in told],
    }


def error_category(attempt: Attempt) -> str | None:
    """Why an attempt took no money or is not known, in one word; None when there is nothing wrong."""
    if attempt.outcome is OutcomeKind.APPROVED:
        return None
    if attempt.outcome is OutcomeKind.DECLINED:
        return "declined"
    if attempt.never_left:
        return "not_sent"
    return attempt.interruption or ("refused" if attempt.code else None)


def duration(attempt: Attempt) -> float:
    """Seconds from its beginning until it was settled, or until now."""
    return _seconds(attempt.begun_at, attempt.settled_at or clock.now())


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "method": attempt.method,
        "outcome": attempt.outcome,
        "error_category": error_category(attempt),
        "code": attempt.code or None,
        "begun_at": isoformat(attempt.begun_at),
        "settled_at": isoformat(attempt.settled_at),
        "duration": duration(attempt),
    }


def _refund(refund: Refund, reader: str) -> dict[str, Any]:
    is_owners = _is_owners(refund.actor, reader)
    return {
        "id": refund.id,
        "amount": refund.amount,
        "status": refund.state,
        "pending_reason": refund.pending_reason or None,
        "reason": "" if is_owners else refund.reason,
        "actor": THE_SHOP if is_owners else refund.actor,
        "requested_at": isoformat(refund.requested_at),
        "settled_at": isoformat(refund.settled_at),
    }


def _event(event: Event, reader: str) -> dict[str, Any]:
    is_owners = _is_owners(event.actor, reader)
    return {
        "at": isoformat(event.at),
        "kind": event.kind,
        "actor": THE_SHOP if is_owners else event.actor,
        "from": event.before,
        "to": event.after,
        "move": event.move or None,
        "attempt": event.attempt,
        "interruption": event.interruption,
        "detail": "" if is_owners else event.detail,
    }


def _is_owners(actor: str, reader: str) -> bool:
    """Whether somebody acted for the shop: its admin, by the pages or a key. A merchant reads of no other's key."""
    return bool(reader) and actor != reader and (actor == "admin" or actor.startswith("key "))


def _seconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 3)
