"""Webhooks by the API: a key sees and changes its own."""

from typing import Any

from flask import Blueprint, Response, jsonify

from smartcart.merchant_webhooks import endpoints
from smartcart.merchant_webhooks.endpoints import UnknownEndpoint
from smartcart.merchant_webhooks.models import WebhookEndpoint
from smartcart.moments import isoformat
from smartcart.payments.api import schemas
from smartcart.payments.api.auth import caller, has_key
from smartcart.payments.core.runtime import runtime
from smartcart.web.limits import limit_acts
from smartcart.web.problems import Problem
from smartcart.web.security import csrf

webhooks = Blueprint("payments_webhooks", __name__, url_prefix="/api/payments/webhooks")
csrf.exempt(webhooks)  # checked by `caller()`, for those who come by cookie
limit_acts(webhooks, unless=has_key)
webhooks.before_request(schemas.refuse_card_numbers)


@webhooks.errorhandler(UnknownEndpoint)
def refuse(unknown: UnknownEndpoint) -> Response:
    return Problem(404, "not_found", "There is no such webhook.").response()


@webhooks.get("")
def index() -> Response:
    return jsonify({"webhooks": [shown(each) for each in endpoints.of_merchant(_merchant())]})


@webhooks.post("")
def create() -> Response:
    merchant, wanted = _merchant(), schemas.read_body(schemas.CreateWebhook)
    try:
        made = endpoints.create(merchant, wanted.url, wanted.types, wanted.thin, runtime().settings.webhook_targets)
    except ValueError as refusal:
        raise Problem(422, "bad_fields", f"No webhook was made: {refusal}.") from None
    response = _with_secret(made)
    response.status_code = 201
    return response


@webhooks.get("/<endpoint_id>")
def show(endpoint_id: str) -> Response:
    return jsonify(shown(endpoints.find(endpoint_id, _merchant())))


@webhooks.post("/<endpoint_id>/rotate")
def rotate(endpoint_id: str) -> Response:
    merchant, _ = _merchant(), schemas.read_body(schemas.Nothing)
    return _with_secret(endpoints.rotate(endpoint_id, merchant))


@webhooks.post("/<endpoint_id>/switch-on")
def switch_on(endpoint_id: str) -> Response:
    merchant, _ = _merchant(), schemas.read_body(schemas.Nothing)
    return jsonify(shown(endpoints.switch_on(endpoint_id, merchant)))


@webhooks.post("/<endpoint_id>/remove")
def remove(endpoint_id: str) -> Response:
    merchant, _ = _merchant(), schemas.read_body(schemas.Nothing)
    endpoints.remove(endpoint_id, merchant)
    return Response(status=204)


def shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Without its secret, which is shown once."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": endpoint.types,
        "thin": endpoint.is_thin,
        "created_at": isoformat(endpoint.created_at),
        "failing_since": isoformat(endpoint.failing_since),
        "off_at": isoformat(endpoint.off_at),
        "off_because": endpoint.off_because,
    }


def _merchant() -> str:
    """Whose webhooks these are. Raises Problem for one who has no key."""
    if not (key_id := caller().key_id):
        raise Problem(401, "key_needed", "Webhooks are for an API key only.", {"WWW-Authenticate": "Bearer"})
    return key_id


def _with_secret(endpoint: WebhookEndpoint) -> Response:
    response = jsonify(shown(endpoint) | {"secret": endpoint.secret})
    response.headers["Cache-Control"] = "no-store"
    return response
