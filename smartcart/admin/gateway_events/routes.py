"""What the gateway has told by itself, and what became of it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from smartcart.admin.access import require_login
from smartcart.payments.gateway_events import processor, watch
from smartcart.payments.gateway_events.models import Fate, GatewayEvent

messages = Blueprint("messages", __name__, url_prefix="/admin/messages")
messages.before_request(require_login)

FATES = {
    Fate.WAITING: "waits",
    Fate.APPLIED: "taken up",
    Fate.NOT_NEEDED: "not needed",
    Fate.OTHER_SHOP: "of another shop",
    Fate.OTHER_MODE: "of the other mode, test or live",
    Fate.GIVEN_UP: "could not be taken up",
}


@messages.get("")
def index() -> ResponseReturnValue:
    return render_template(
        "admin/messages.html",
        trouble=watch.trouble(),
        first=watch.who_was_first(),
        stuck=processor.stuck_ones(),
        newest=processor.newest_ones(),
    )


@messages.app_template_filter()
def fate_word(event: GatewayEvent) -> str:
    """What became of an event, and why if it is not well."""
    return f"{FATES[event.fate]}: {event.problem}" if event.problem else FATES[event.fate]
