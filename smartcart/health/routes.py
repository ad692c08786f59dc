"""Whether the shop is alive, whether it can work, and who may read its figures."""

from hmac import compare_digest
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, make_response, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db, trouble
from smartcart.payments.core.runtime import runtime

health = Blueprint("health", __name__)

# What proxies add to a request that they hand on: with one of these it was not this machine that asked.
BY_A_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
NOT_ALLOWED = (
    "Only this machine may read the figures. For others set SMARTCART_METRICS_TOKEN, and send it as a bearer token.\n"
)


@health.get("/livez")
def live() -> Response:
    return jsonify({"status": "alive"})


@health.get("/readyz")
def ready() -> Response:
    """200 when the database answers and knows our tables, else 503; 503 too for a shop that was told to stop."""
    if runtime().pool.is_closed:
        return make_response(jsonify({"status": "the shop is about to stop"}), 503)
    try:
        db.session.execute(text("SELECT id FROM payment_session LIMIT 1"))
    except SQLAlchemyError:
        return make_response(jsonify({"status": "the database does not answer"}), 503)
    if reason := trouble():
        return make_response(jsonify({"status": reason}), 503)
    return jsonify({"status": "ready"})


@health.get("/metrics")
def metrics() -> Response:
    """The figures, for who has the token; where there is none, for this machine alone."""
    token = runtime().settings.metrics_token
    if token and not _has(token):
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        return Response("A bearer token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    if not token and not _is_this_machine():
        return Response(NOT_ALLOWED, 403, mimetype="text/plain")
    from smartcart.health import figures  # it brings Prometheus's library along, which most shops have no use for

    return figures.told()


def _has(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())


def _is_this_machine() -> bool:
    """Whether the request comes from a program on this machine, and not from one of its proxies for somebody else."""
    try:
        return ip_address(request.remote_addr or "").is_loopback and not any(
            name in request.headers for name in BY_A_PROXY
        )
    except ValueError:
        return False
