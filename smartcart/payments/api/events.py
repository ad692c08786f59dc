"""The feed of events: what a merchant's own system reads, as often as it likes, so that it misses nothing."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from smartcart.moments import isoformat
from smartcart.payments.api.auth import caller
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.merchant_feed import LARGEST_NUMBER, Gone, NumberedEvent
from smartcart.web.problems import Problem

feed = Blueprint("payments_feed", __name__, url_prefix="/api/payments")

MOST_EVENTS = 100


@feed.get("/events")
def events() -> Response:
    after, limit = _number("after", 0, LARGEST_NUMBER), _number("limit", 1, MOST_EVENTS)
    page = merchant_feed.read(_merchant(), after, MOST_EVENTS if limit is None else limit)
    shown = [_shown(event) for event in page.events]
    following = page.events[-1].number if page.events else after
    return jsonify({"events": shown, "next": following or 0, "epoch": page.epoch})


@feed.errorhandler(Gone)
def refuse(gone: Gone) -> Response:
    detail = f"The oldest event is {gone.oldest}, and the last {gone.last}. Go on with after={gone.oldest - 1}."
    return Problem(410, "gone", detail, oldest=gone.oldest, epoch=gone.epoch).response()


def _merchant() -> str:
    """Whose events these are. Raises Problem for one who has no key."""
    if not (key_id := caller().key_id):
        raise Problem(401, "key_needed", "Events are for an API key only.", {"WWW-Authenticate": "Bearer"})
    return key_id


def _number(name: str, least: int, most: int) -> int | None:
    """A number of the address, or None where it has none. Raises Problem."""
    given = request.args.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(most)) and least <= int(given) <= most):
        raise Problem(422, "bad_fields", f"{name}: must be a whole number from {least} to {most}.")
    return int(given)


def _shown(event: NumberedEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "id": event.event_id,
        "type": event.type,
        "created_at": isoformat(event.created_at),
        "data": {"session": event.session},
    }
