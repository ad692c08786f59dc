"""The admin gives money back: says how much, is shown what that means, and confirms."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin import lookup
from smartcart.admin.access import require_login
from smartcart.admin.payments.refund_form import RefundForm, refund_form
from smartcart.money.format import format_money
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.refusals import NothingToReturn, Refused
from smartcart.payments.flow import desk
from smartcart.payments.refunds import transitions
from smartcart.shop import restocking

refunds = Blueprint("refunds", __name__, url_prefix="/admin/sessions")
refunds.before_request(require_login)

ACTOR = "admin"


@refunds.get("/<session_id>/refund")
def ask(session_id: str) -> ResponseReturnValue:
    session = lookup.find_session(session_id)
    return _page(session, refund_form(session))


@refunds.post("/<session_id>/refund")
def refund(session_id: str) -> ResponseReturnValue:
    """First what was typed is shown once more; only with the word that it is meant, it is done."""
    session = lookup.find_session(session_id)
    left, confirmed = transitions.left_of(session), request.form.get("confirmed") == "yes"
    form = RefundForm(session, left)
    if confirmed and (asked_before := form.asked_before()):
        return _done(session_id, *_told(asked_before))
    if not left:
        return _done(session_id, NothingToReturn.detail, "warning")
    if not form.validate():
        return _page(session, form), 422
    if not confirmed:
        return _page(session, form, confirming=True)
    try:
        made = desk.refund(session_id, ACTOR, form.minor(), str(form.reason.data), str(form.refund_id.data))
    except Refused as refusal:
        return _done(session_id, refusal.detail, "warning")
    if made.state is not RefundState.REFUSED:
        _put_back(form)
    return _done(session_id, *_told(made))


def _put_back(form: RefundForm) -> None:
    """Nothing of it where the other press was quicker, or somebody in another window."""
    try:
        restocking.put_back(form.put_back)
    except restocking.RestockedSince:
        flash("Some of it was put back on the shelf since this page was shown. Nothing more was put back.", "warning")


def _done(session_id: str, told: str, tone: str) -> ResponseReturnValue:
    flash(told, tone)
    return redirect(url_for("admin.session", session_id=session_id), 303)


def _page(session: PaymentSession, form: RefundForm, confirming: bool = False) -> str:
    return render_template(
        "admin/refund.html",
        session=session,
        left=transitions.left_of(session),
        refund_form=form,
        amount=form.minor() if confirming else 0,
        confirming=confirming,
    )


def _told(refund: Refund) -> tuple[str, str]:
    """What came of it, and its tone."""
    amount = format_money(refund.amount, refund.currency)
    if refund.state is RefundState.MADE:
        return f"{amount} is given back.", "good"
    if refund.state is RefundState.REFUSED:
        return f"The gateway refused to give {amount} back. Nothing was given back.", "warning"
    return f"Written down: {amount} is given back as soon as the gateway answers.", "info"
