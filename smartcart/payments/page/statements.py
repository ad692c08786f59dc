"""Statements of no charge, for the shopper's bank, and the public address at which it sees whether one still holds."""

from collections.abc import Sequence

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from smartcart import clock
from smartcart.database.session import db
from smartcart.ids import is_id, may_be_looked_up
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import NotFound
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import statement_copy
from smartcart.rules.statements import Ground, ground_of
from smartcart.web.addresses import base_url
from smartcart.web.signing import is_signed, signature

statements = Blueprint("statements", __name__)

# What the address in a statement is signed for.
PURPOSE = "statement of no charge"


@statements.get("/pay/<session_id>/statement")
def show(session_id: str) -> ResponseReturnValue:
    """The statement, or why there is none."""
    session = _session(session_id)
    ground = ground_of(session.state, session.reference is not None)
    if ground is not Ground.CLOSED:
        heading, sentence = statement_copy.REFUSED[ground]
        page = render_template("payments/no_statement.html", session=session, heading=heading, sentence=sentence)
        return make_response(page, 409)
    return render_template(
        "payments/statement.html",
        session=session,
        service=statement_copy.SERVICES.get(session.gateway, session.gateway),
        closed_as=statement_copy.CLOSED_AS[session.state],
        attempts=queries.attempts_of(session_id),
        said=statement_copy.SAID,
        pending=statement_copy.pending(session.released_at, runtime().settings.time_zone),
        others=_references_beside(session),
        check_url=base_url() + check_address(str(session.reference)),
        contact=runtime().settings.contact,
        now=clock.now(),
    )


@statements.get("/orders/<token>/statement")
def of_order(token: str) -> AnyResponse:
    """From an order to the statement about its payment."""
    try:
        session_id = queries.latest_of_order(token if is_id(token) else "")
    except NotFound:
        abort(404)
    return redirect(url_for("statements.show", session_id=session_id), 303)


@statements.get("/statements/<reference>/<signed>")
def check(reference: str, signed: str) -> ResponseReturnValue:
    """For anybody who holds a statement: whether it holds. Tells nothing of who ordered, or what."""
    known = may_be_looked_up(reference) and is_signed(PURPOSE, reference, signed)
    session = _of_reference(reference) if known else None
    page = render_template(
        "payments/statement_check.html",
        reference=reference,
        session=session,
        holds=session is not None and ground_of(session.state, has_reference=True) is Ground.CLOSED,
        now=clock.now(),
    )
    return make_response(page, 200 if session else 404)


def check_address(reference: str) -> str:
    """Where a bank sees whether the statement about this reference holds; within this shop."""
    return url_for("statements.check", reference=reference, signed=signature(PURPOSE, reference))


def _session(session_id: str) -> PaymentSession:
    try:
        return queries.find(session_id if is_id(session_id) else "")
    except NotFound:
        abort(404)


def _of_reference(reference: str) -> PaymentSession | None:
    return db.session.scalar(select(PaymentSession).where(queries.has_reference([reference])))


def _references_beside(session: PaymentSession) -> Sequence[str]:
    """Those of other payments that the same order has had, of which the statement says nothing."""
    of_the_order = (
        PaymentSession.merchant == session.merchant,
        PaymentSession.order_reference == session.order_reference,
        PaymentSession.id != session.id,
        PaymentSession.reference.is_not(None),
    )
    query = select(PaymentSession.reference).where(*of_the_order).order_by(PaymentSession.created_at)
    return [reference for reference in db.session.scalars(query) if reference]
