"""The JSON API. A client's word never pays an order: it can start, ask and cancel, and the gateway decides."""

from datetime import datetime
from functools import cache

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from smartcart.database.session import db
from smartcart.ids import is_id
from smartcart.payments.api import creating, schemas, serializers, shown
from smartcart.payments.api.answering import answer_with, as_json, once, own, problem
from smartcart.payments.api.auth import caller, has_key
from smartcart.payments.api.openapi import description
from smartcart.payments.core import keyed_effects, queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.refusals import AlreadyPaid, NotPaid, RefundRefused, Refused
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import OPEN, State
from smartcart.shop import restocking
from smartcart.web.addresses import base_url
from smartcart.web.limits import limit_acts
from smartcart.web.problems import Problem
from smartcart.web.security import csrf

api = Blueprint("payments_api", __name__, url_prefix="/api/payments")
csrf.exempt(api)  # checked by `caller()`, for those who come by cookie
limit_acts(api, unless=has_key)

MOST_ACTIVE = 100


api.before_request(schemas.refuse_card_numbers)


@api.errorhandler(Refused)
def refuse(refusal: Refused) -> Response:
    return problem(refusal).response()


@api.post("/session/create")
def create() -> Response:
    response = once(creating.create, lambda session_id: answer_with(shown.find(session_id), 200))
    if response.status_code < 400:
        response.headers["Location"] = creating.address_of(response.get_json()["id"], base_url())
    return response


@api.get("/session/<session_id>")
def show(session_id: str) -> AnyResponse:
    session = desk.read(own(session_id).id)
    reconciler.attend_overlooked(session)
    response = jsonify(as_json(session))
    response.add_etag()  # of all that is shown: time passes, and a session runs out, without a new version
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@api.post("/session/<session_id>/pay")
def pay(session_id: str) -> Response:
    return once(lambda: _start(session_id, schemas.read_body(schemas.Pay).method), _started)


@api.post("/session/<session_id>/resume")
def resume(session_id: str) -> Response:
    return once(lambda: _start(session_id, schemas.read_body(schemas.Resume).method), _started)


@api.post("/session/<session_id>/complete")
def complete(session_id: str) -> Response:
    return once(lambda: _complete(session_id))


@api.post("/session/<session_id>/cancel")
def cancel(session_id: str) -> Response:
    return once(lambda: _cancel(session_id))


@api.post("/session/<session_id>/refund")
def refund(session_id: str) -> Response:
    return once(lambda: _refund(session_id))


@api.post("/session/<session_id>/capture")
def capture(session_id: str) -> Response:
    return once(lambda: _capture(session_id), _decided)


@api.post("/session/<session_id>/release")
def release(session_id: str) -> Response:
    return once(lambda: _release(session_id), _decided)


@api.post("/session/<session_id>/interrupt")
def interrupt(session_id: str) -> Response:
    return once(lambda: _interrupt(session_id))


@api.get("/session/<session_id>/summary")
def summary(session_id: str) -> Response:
    session = desk.read(own(session_id).id)
    attempts, events = queries.attempts_of(session.id), queries.events_of(session.id)
    refunds = transitions.of_session(session.id)
    reader = "" if caller().is_admin else caller().actor
    return jsonify(serializers.summary(session, attempts, events, refunds, reader))


@api.get("/sessions/active")
def active() -> Response:
    if not caller().is_admin:
        raise Problem(403, "forbidden", "Only the admin may list the active sessions.")
    limit, state, after = _page_asked_for()
    found = queries.active(limit + 1, state, after)
    page = found[:limit]
    following = page[-1].id if len(found) > limit else None
    sessions = [as_json(session) for session in page]
    return jsonify({"sessions": sessions, "count": len(sessions), "next": following})


@api.get("/openapi.json")
def openapi() -> Response:
    return Response(_description(str(current_app.config["BASE_URL"]) or "/"), mimetype="application/json")


@cache
def _description(shop: str) -> bytes:
    """Always the same, and the work of forty pages to make."""
    return jsonify(description(shop)).get_data()


def _start(session_id: str, method: str | None) -> Response:
    session = desk.read(own(session_id).id)
    keep = session.keep_method and not method  # the last way again, with what was said of it
    method = method or session.method
    if not method:
        raise Problem(422, "bad_fields", "method: there is no last one to use again; choose one.")
    desk.pay(session_id, method, caller().actor, caller().payer, keep)
    return _started(session_id)


def _started(session_id: str) -> Response:
    return answer_with(shown.find(session_id), 202)


def _complete(session_id: str) -> Response:
    schemas.read_body(schemas.Complete)
    session = desk.confirm(own(session_id).id, caller().actor)
    if session.state is not State.COMPLETED:
        raise NotPaid(session.money)
    return answer_with(session, 200)


def _cancel(session_id: str) -> Response:
    reason = schemas.read_body(schemas.Cancel).reason
    session = desk.cancel(own(session_id).id, caller().actor, reason)
    if session.state is State.COMPLETED:  # the gateway had charged it before it could be closed
        raise AlreadyPaid(session.money)
    return answer_with(session, 202 if session.state in OPEN else 200)


def _refund(session_id: str) -> Response:
    session, wanted = own(session_id), schemas.read_body(schemas.RefundRequest)
    if not caller().is_admin:
        raise Problem(403, "forbidden", "Only the admin may give money back.")
    made = desk.refund(session.id, caller().actor, wanted.amount, wanted.reason, keyed_effects.own_id())
    if made.state is RefundState.REFUSED:
        raise RefundRefused(session.money)
    if wanted.restock and (order_id := queries.find(session_id).order_id):
        restocking.put_all_back(order_id)
    return answer_with(shown.find(session_id), 200 if made.state is RefundState.MADE else 202)


def _capture(session_id: str) -> Response:
    session = own(session_id)
    schemas.read_body(schemas.Capture)
    _refuse_all_but_admin()
    return _decided(desk.capture(session.id, caller().actor).id)


def _release(session_id: str) -> Response:
    session, wanted = own(session_id), schemas.read_body(schemas.Release)
    _refuse_all_but_admin()
    return _decided(desk.release(session.id, caller().actor, wanted.reason).id)


def _refuse_all_but_admin() -> None:
    """A sum is held for the owner: whoever is held up by that does not decide on it."""
    if not caller().is_admin:
        raise Problem(403, "forbidden", "Only the admin may decide on a sum that is set aside.")


def _decided(session_id: str) -> Response:
    """The session after somebody has decided on a sum that was set aside: over, or not answered for yet."""
    session = shown.find(session_id)
    return answer_with(session, 202 if session.state in OPEN else 200)


def _interrupt(session_id: str) -> Response:
    wanted = schemas.read_body(schemas.Interrupt)
    session = desk.interrupt(own(session_id).id, Interruption(wanted.kind), caller().actor, wanted.detail)
    return answer_with(session, 202)


def _page_asked_for() -> tuple[int, State | None, tuple[datetime, str] | None]:
    limit = request.args.get("limit", str(MOST_ACTIVE))
    if not (limit.isascii() and limit.isdecimal() and len(limit) <= 3 and 1 <= int(limit) <= MOST_ACTIVE):
        raise Problem(422, "bad_fields", f"limit: must be a whole number from 1 to {MOST_ACTIVE}.")
    status = request.args.get("status")
    if status is not None and status not in OPEN:
        raise Problem(422, "bad_fields", f"status: must be one of {', '.join(sorted(OPEN))}.")
    after = request.args.get("after")
    last = db.session.get(PaymentSession, after) if after and is_id(after) else None
    if after is not None and last is None:
        raise Problem(422, "bad_fields", "after: must be the `next` of an earlier answer.")
    return int(limit), State(status) if status else None, (last.created_at, last.id) if last else None
