"""How a call about a session is answered: once, by its caller's key, and with the truth about the money."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response

from smartcart import clock
from smartcart.ids import is_id
from smartcart.payments.api import shown
from smartcart.payments.api.auth import caller
from smartcart.payments.api.idempotency import answered_once
from smartcart.payments.api.shown import ShownSession
from smartcart.payments.core import session_json
from smartcart.payments.core.keyed_effects import DoneBefore
from smartcart.payments.core.refusals import NotFound, Refused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.session_facts import ShownFacts
from smartcart.web.problems import Problem


def once(work: Callable[[], Response], again: Callable[[str], Response] | None = None) -> Response:
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
            raise problem(refusal) from None

    return answered_once(_caller_name(), answer)


def problem(refusal: Refused) -> Problem:
    money = {"money": refusal.money} if refusal.money else {}
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return Problem(refusal.status, refusal.code, refusal.detail, headers, **money)


def own(session_id: str) -> ShownSession:
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


def answer_with(session: ShownFacts, status: int) -> Response:
    return make_response(jsonify(as_json(session)), status)


def as_json(session: ShownFacts) -> dict[str, Any]:
    return session_json.of_session(session, clock.now(), runtime().gateway)
