"""Where a refund is: the page on which who ordered follows it, step by step."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from smartcart import clock
from smartcart.ids import is_id
from smartcart.payments.core import queries
from smartcart.payments.core.refusals import NotFound
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk
from smartcart.payments.page import contact, copy, refund_copy, session_with_order
from smartcart.payments.refunds import calls, transitions
from smartcart.web.limits import limit_acts

refund_tracker = Blueprint("refund_tracker", __name__, url_prefix="/orders")
limit_acts(refund_tracker)


@refund_tracker.get("/<token>/refunds")
def show(token: str) -> ResponseReturnValue:
    """Each refund with its steps. Touches the database only."""
    session = session_with_order.find(_session_of(token))
    zone = runtime().settings.time_zone
    return render_template(
        "payments/refunds.html",
        session=session,
        heading=copy.heading(session),
        sentence=copy.sentence(session, zone),
        refunds=[refund_copy.shown(refund, zone) for refund in transitions.of_session(session.id)],
        contact=contact.of(session, runtime().settings.contact),
        now=clock.now(),
    )


@refund_tracker.post("/<token>/refunds/look")
def look(token: str) -> ResponseReturnValue:
    """The gateway is asked how they stand, and whether it knows by now how the bank finds them."""
    session_id = _session_of(token)
    desk.in_background(lambda: calls.follow(session_id))
    return redirect(url_for("refund_tracker.show", token=token, _anchor="refunds"), 303)


def _session_of(token: str) -> str:
    """The session of an order, which has one. Raises NotFound of the web."""
    try:
        return queries.latest_of_order(token if is_id(token) else "")
    except NotFound:
        abort(404)
