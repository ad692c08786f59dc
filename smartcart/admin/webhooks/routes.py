"""Webhooks: where they go, what became of each delivery, and sending one again."""

import logging
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.merchant_webhooks import deliveries, endpoints, requests
from smartcart.merchant_webhooks.endpoints import UnknownEndpoint
from smartcart.merchant_webhooks.models import DeliveryFate, WebhookDelivery, WebhookEndpoint
from smartcart.payments.api import keys
from smartcart.payments.core.runtime import runtime
from smartcart.rules.merchant_events import MerchantEventType

webhooks = Blueprint("merchants_webhooks", __name__, url_prefix="/admin/webhooks")
webhooks.before_request(require_login)

log = logging.getLogger(__name__)

FATES = {
    DeliveryFate.WAITING: "waits",
    DeliveryFate.DELIVERED: "delivered",
    DeliveryFate.GIVEN_UP: "given up",
}
# What a button says, by what it does.
ACTS = {"create": "made", "rotate": "given another secret", "switch_on": "switched on", "remove": "taken away"}


@webhooks.get("")
def index() -> ResponseReturnValue:
    return _page()


@webhooks.post("")
def act() -> ResponseReturnValue:
    """Fields `act`, and `webhook` or those of a new one. A secret is in the answer itself: it must be in no cookie."""
    wanted = request.form.get("act", "")
    if wanted not in ACTS:
        abort(400)
    try:
        found = _work(wanted)()
    except ValueError as refusal:
        return _page(refusal=f"Nothing was done: {refusal}."), 422
    log.info("the webhook %s was %s by admin", found.id if found else request.form.get("webhook"), ACTS[wanted])
    return _page(done=ACTS[wanted], secret=found.secret if found and wanted in ("create", "rotate") else "")


@webhooks.get("/<endpoint_id>")
def show(endpoint_id: str) -> ResponseReturnValue:
    before = request.args.get("before", LARGEST_ID, type=int)
    endpoint = _find(endpoint_id)
    newest = deliveries.newest(endpoint.id, max(0, min(before, LARGEST_ID)))
    following = newest[-1].number if len(newest) == deliveries.PAGE else None
    return render_template("admin/webhook.html", endpoint=endpoint, newest=newest, following=following)


@webhooks.get("/deliveries/<int:delivery_id>")
def delivery(delivery_id: int) -> ResponseReturnValue:
    found = _find_delivery(delivery_id)
    headers = requests.headers_of(found, found.tried_at) if found.tried_at else {}
    return render_template("admin/webhook_delivery.html", delivery=found, headers=headers, body=requests.body(found))


@webhooks.post("/deliveries/<int:delivery_id>/again")
def send_again(delivery_id: int) -> ResponseReturnValue:
    if deliveries.send_again(_find_delivery(delivery_id).id):
        flash("It is sent again now, with the same id.", "good")
    else:
        flash("There was nothing to do: it is on its way.", "info")
    return redirect(url_for("merchants_webhooks.delivery", delivery_id=delivery_id), 303)


@webhooks.app_template_filter()
def delivery_fate(found: WebhookDelivery) -> str:
    """What became of a delivery, and why if it is not well."""
    return f"{FATES[found.fate]}: {found.problem}" if found.problem else FATES[found.fate]


@webhooks.app_template_filter()
def webhook_state(endpoint: WebhookEndpoint) -> str:
    if endpoint.off_at:
        return f"switched off: {endpoint.off_because}"
    return "fails" if endpoint.failing_since else "on"


def _work(wanted: str) -> Callable[[], WebhookEndpoint | None]:
    endpoint_id = request.form.get("webhook", "")
    return {
        "create": _create,
        "rotate": lambda: endpoints.rotate(endpoint_id),
        "switch_on": lambda: endpoints.switch_on(endpoint_id),
        "remove": lambda: endpoints.remove(endpoint_id),
    }[wanted]


def _create() -> WebhookEndpoint:
    """Raises ValueError."""
    form, known = request.form, {key.name: key.id for key in keys.all_keys() if not key.revoked_at}
    if (merchant := known.get(form.get("key", ""))) is None:
        raise ValueError("there is no such key")
    url, types = form.get("url", "").strip(), form.getlist("type")
    return endpoints.create(merchant, url, types, "thin" in form, runtime().settings.webhook_targets)


def _find(endpoint_id: str) -> WebhookEndpoint:
    try:
        return endpoints.find(endpoint_id)
    except UnknownEndpoint:
        abort(404)


def _find_delivery(delivery_id: int) -> WebhookDelivery:
    found = deliveries.find(delivery_id) if delivery_id <= LARGEST_ID else None
    if found is None:
        abort(404)
    return found


def _page(done: str = "", secret: str = "", refusal: str = "") -> str:
    known = keys.all_keys()
    return render_template(
        "admin/webhooks.html",
        endpoints=endpoints.of_all(),
        keys=[key for key in known if not key.revoked_at],
        names={key.id: key.name for key in known},
        types=list(MerchantEventType),
        done=done,
        secret=secret,
        refusal=refusal,
    )
