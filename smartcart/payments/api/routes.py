"""The JSON API. A client's word never pays an order: it can start, ask and cancel, and the gateway decides."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from smartcart import clock
from smartcart.database.session import db
from smartcart.ids import is_id
from smartcart.payments.api import schemas, serializers, shown
from smartcart.payments.api.auth import Caller, caller, has_key
from smartcart.payments.api.idempotency import answered_once
from smartcart.payments.api.openapi import description
from smartcart.payments.api.shown import ShownSession
from smartcart.payments.core import keyed_effects, queries, session_json
from smartcart.payments.core.keyed_effects import DoneBefore
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.refusals import AlreadyPaid, DifferentSum, NotFound, NotPaid, RefundRefused, Refused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Terms
from smartcart.payments.flow import desk, opening, reconciler
from smartcart.payments.refunds import transitions
from smartcart.rules.money import Amount
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import OPEN, State
from smartcart.shop import restocking
from smartcart.shop.models import Order
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
    return _problem(refusal).response()


@api.post("/session/create")
def create() -> Response:
    response = _once(_create, lambda session_id: _answer(shown.find(session_id), 200))
    if response.status_code < 400:
        response.headers["Location"] = f"{base_url()}/api/payments/session/{response.get_json()['id']}"
    return response


@api.get("/session/<session_id>")
def show(session_id: str) -> AnyResponse:
    session = desk.read(_own(session_id).id)
    reconciler.attend_overlooked(session)
    response = jsonify(_shown(session))
    response.add_etag()  # of all that is shown: time passes, and a session runs out, without a new version
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@api.post("/session/<session_id>/pay")
def pay(session_id: str) -> Response:
    return _once(lambda: _start(session_id, schemas.read_body(schemas.Pay).method), _started)


@api.post("/session/<session_id>/resume")
def resume(session_id: str) -> Response:
    return _once(lambda: _start(session_id, schemas.read_body(schemas.Resume).method), _started)


@api.post("/session/<session_id>/complete")
def complete(session_id: str) -> Response:
    return _once(lambda: _complete(session_id))


@api.post("/session/<session_id>/cancel")
def cancel(session_id: str) -> Response:
    return _once(lambda: _cancel(session_id))


@api.post("/session/<session_id>/refund")
def refund(session_id: str) -> Response:
    return _once(lambda: _refund(session_id))


@api.post("/session/<session_id>/interrupt")
def interrupt(session_id: str) -> Response:
    return _once(lambda: _interrupt(session_id))


@api.get("/session/<session_id>/summary")
def summary(session_id: str) -> Response:
    session = desk.read(_own(session_id).id)
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
    sessions = [_shown(session) for session in page]
    return jsonify({"sessions": sessions, "count": len(sessions), "next": following})


@api.get("/openapi.json")
def openapi() -> Response:
    return Response(_description(str(current_app.config["BASE_URL"]) or "/"), mimetype="application/json")


@cache
def _description(shop: str) -> bytes:
    """Always the same, and the work of forty pages to make."""
    return jsonify(description(shop)).get_data()


def _once(work: Callable[[], Response], again: Callable[[str], Response] | None = None) -> Response:
    """Carry a request out, and once only where it has an idempotency key. A refusal is an answer like any other.

    `again` is the answer for a session to which it was done before, by a request whose answer is not there any more;
    without it the work itself does no harm when it is done again.
    """

    def answer(done_to: str | None) -> Response:
        try:
            return again(done_to) if again and done_to else work()
        except DoneBefore as done:
            return again(done.session_id) if again else work()
        except Refused as refusal:
            raise _problem(refusal) from None

    return answered_once(_caller_name(), answer)


def _problem(refusal: Refused) -> Problem:
    money = {"money": refusal.money} if refusal.money else {}
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return Problem(refusal.status, refusal.code, refusal.detail, headers, **money)


def _create() -> Response:
    who = caller()
    body = schemas.json_body()
    of_the_shop = "order" in body or not ("reference" in body or who.key_id)
    open_one = _create_for_order if of_the_shop else _create_for_merchant
    session_id, is_new = open_one(who)
    if not is_new and desk.end_if_over(queries.find(session_id)).state not in OPEN:
        session_id, is_new = open_one(who)
    session = shown.find(session_id)
    if not (is_new or of_the_shop):
        _refuse_different_sum(session)
    return _answer(session, 201 if is_new else 200)


def _refuse_different_sum(session: ShownSession) -> None:
    """Who asks for 38.00 is not to have 42.00 charged. Raises DifferentSum."""
    wanted = schemas.read_body(schemas.CreateForMerchant)
    if (session.amount, session.currency) != (wanted.amount, wanted.currency):
        raise DifferentSum(session.money)


def _create_for_order(who: Caller) -> tuple[str, bool]:
    wanted = schemas.read_body(schemas.CreateForOrder)
    order = db.session.scalar(select(Order).where(Order.number == wanted.order))
    if order is None or not (who.is_admin or (who.shopper and order.shopper == who.shopper)):
        raise Problem(404, "not_found", "There is no such order.")
    return opening.open_for_order(order.id, base_url(), who.actor)


def _create_for_merchant(who: Caller) -> tuple[str, bool]:
    wanted = schemas.read_body(schemas.CreateForMerchant)
    if not who.key_id:
        raise Problem(401, "key_needed", "An amount is charged for an API key only.", {"WWW-Authenticate": "Bearer"})
    settings = runtime().settings
    terms = Terms(
        owner=wanted.user,
        merchant=who.key_id,
        order_reference=wanted.reference,
        amount=Amount(wanted.amount, wanted.currency),
        gateway=runtime().gateway.name,
        max_attempts=settings.max_attempts,
        lifetime=settings.session_lifetime,
        base_url=base_url(),
        description=wanted.description,
        return_url=wanted.return_url or "",
        merchant_data=wanted.metadata,
    )
    return opening.open_for_merchant(terms, who.actor)


def _start(session_id: str, method: str | None) -> Response:
    session = desk.read(_own(session_id).id)
    keep = session.keep_method and not method  # the last way again, with what was said of it
    method = method or session.method
    if not method:
        raise Problem(422, "bad_fields", "method: there is no last one to use again; choose one.")
    desk.pay(session_id, method, caller().actor, caller().payer, keep)
    return _started(session_id)


def _started(session_id: str) -> Response:
    return _answer(shown.find(session_id), 202)


def _complete(session_id: str) -> Response:
    schemas.read_body(schemas.Complete)
    session = desk.confirm(_own(session_id).id, caller().actor)
    if session.state is not State.COMPLETED:
        raise NotPaid(session.money)
    return _answer(session, 200)


def _cancel(session_id: str) -> Response:
    reason = schemas.read_body(schemas.Cancel).reason
    session = desk.cancel(_own(session_id).id, caller().actor, reason)
    if session.state is State.COMPLETED:  # the gateway had charged it before it could be closed
        raise AlreadyPaid(session.money)
    return _answer(session, 202 if session.state in OPEN else 200)


def _refund(session_id: str) -> Response:
    session, wanted = _own(session_id), schemas.read_body(schemas.RefundRequest)
    if not caller().is_admin:
        raise Problem(403, "forbidden", "Only the admin may give money back.")
    made = desk.refund(session.id, caller().actor, wanted.amount, wanted.reason, keyed_effects.own_id())
    if made.state is RefundState.REFUSED:
        raise RefundRefused(session.money)
    if wanted.restock and (order_id := queries.find(session_id).order_id):
        restocking.put_all_back(order_id)
    return _answer(shown.find(session_id), 200 if made.state is RefundState.MADE else 202)


def _interrupt(session_id: str) -> Response:
    wanted = schemas.read_body(schemas.Interrupt)
    session = desk.interrupt(_own(session_id).id, Interruption(wanted.kind), caller().actor, wanted.detail)
    return _answer(session, 202)


def _own(session_id: str) -> ShownSession:
    """The session, if it is the caller's. One that is somebody else's does not exist."""
    who = caller()
    if not is_id(session_id):
        raise NotFound
    session = shown.find(session_id)
    if not who.may_see(session):
        raise NotFound
    return session


def _caller_name() -> str:
    """Whose idempotency keys these are. The admin is one person, at whatever browser."""
    who = caller()
    return who.key_id or (who.actor if who.is_admin else who.shopper) or who.actor


def _answer(session: PaymentSession | ShownSession, status: int) -> Response:
    return make_response(jsonify(_shown(session)), status)


def _shown(session: PaymentSession | ShownSession) -> dict[str, Any]:
    return session_json.of_session(session, clock.now(), runtime().gateway)


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
