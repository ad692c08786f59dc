"""The admin's view of payments: what is going on, what is open, and everything about one session."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Length

from smartcart.admin import lookup
from smartcart.admin.access import PAGE, require_login
from smartcart.admin.payments import figures, labels, needs, timeline
from smartcart.admin.payments.live import live_page
from smartcart.admin.payments.question import gateway_says
from smartcart.admin.payments.refund_form import refund_form
from smartcart.outbox import effects
from smartcart.payments.api import serializers
from smartcart.payments.core import gateway_accounts, queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.refusals import Refused
from smartcart.payments.flow import desk
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import OPEN, State
from smartcart.shop.forms import refuse_card_numbers, refuse_control_characters, stripped

monitor = Blueprint("admin", __name__, url_prefix="/admin")
monitor.before_request(require_login)
for word in (
    labels.label,
    labels.bounded,
    labels.tone,
    labels.money_word,
    labels.dispute_word,
    labels.trouble,
    labels.interruption_word,
    labels.age,
    labels.time_left,
    labels.seconds,
    timeline.sentence,
    timeline.actor,
    timeline.method_word,
    serializers.duration,
    timeline.mishap,
):
    monitor.add_app_template_filter(word)

ACTOR = "admin"
LONGEST_REASON = 500


class CancelForm(FlaskForm):
    reason = StringField(
        "Reason",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_REASON, message=f"The reason can have at most {LONGEST_REASON} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )


@monitor.get("", strict_slashes=False)
def overview() -> ResponseReturnValue:
    return render_template(
        "admin/overview.html", needs=needs.needs(), open_by_state=figures.open_by_state(), today=figures.today()
    )


@monitor.get("/sessions")
def sessions() -> Response:
    state = _state_asked_for()
    found, after = lookup.active(state, request.args.get("after", ""))
    counts = figures.open_by_state()
    attention = _needing_attention()
    return live_page(
        "admin/sessions.html",
        "admin/_sessions.html",
        _announcement(sum(counts.values()), len(attention["needing_a_person"])),
        {"sessions": found, "after": after, "state": state, "counts": counts, **attention},
    )


@monitor.get("/sessions/<session_id>")
def session(session_id: str) -> Response:
    return _session_page(desk.read(lookup.find_session(session_id).id), CancelForm(MultiDict()))


@monitor.post("/sessions/<session_id>/check")
def check(session_id: str) -> ResponseReturnValue:
    """Ask the gateway now, and write down what it says."""
    lookup.find_session(session_id)
    found = desk.check(session_id, ACTOR)
    outcome = gateway_says(session_id)
    if outcome is None:
        flash("Nothing has been sent to the gateway yet, so there is nothing to ask it.", "info")
    else:
        answer = labels.ANSWERS[outcome.kind]
        flash(f"The gateway says: {answer}. The payment is {labels.label(found.state).lower()} here.", "info")
    return redirect(url_for("admin.session", session_id=session_id), 303)


@monitor.post("/sessions/<session_id>/cancel")
def cancel(session_id: str) -> ResponseReturnValue:
    found = lookup.find_session(session_id)
    form = CancelForm()
    if not form.validate():
        return _session_page(found, form), 422
    try:
        flash(*_told(desk.cancel(session_id, ACTOR, str(form.reason.data))))
    except Refused as refusal:
        flash(refusal.detail, "warning")
    return redirect(url_for("admin.session", session_id=session_id), 303)


@monitor.post("/sessions/<session_id>/capture")
def capture(session_id: str) -> ResponseReturnValue:
    """Have the sum that is set aside taken."""
    lookup.find_session(session_id)
    try:
        flash(*_told_of_capture(desk.capture(session_id, ACTOR)))
    except Refused as refusal:
        flash(refusal.detail, "warning")
    return redirect(url_for("admin.session", session_id=session_id), 303)


def _session_page(found: PaymentSession, form: CancelForm) -> Response:
    shown: dict[str, Any] = {
        "session": found,
        "open": found.state in OPEN,
        "attempts": queries.attempts_of(found.id),
        "events": queries.events_of(found.id),
        "form": form,
        "refunds": transitions.of_session(found.id),
        "letters": effects.of_session(found.id),
        "left": transitions.left_of(found),
        "refund_form": refund_form(found),
    }
    announcement = f"{labels.label(found.state)}. Money: {labels.money_word(found)}."
    is_live = found.state in OPEN or any(refund.state is RefundState.REQUESTED for refund in shown["refunds"])
    return live_page("admin/session.html", "admin/_session.html", announcement, shown, is_live)


def _needing_attention() -> dict[str, list[PaymentSession]]:
    needing = lookup.needing_a_person()
    return {
        "needing_a_person": [each for each in needing if not gateway_accounts.was_tried_elsewhere(each)],
        "to_be_returned": list(lookup.to_be_returned()),
        "begun_elsewhere": list(gateway_accounts.tried_elsewhere(PAGE)),
    }


def _state_asked_for() -> State | None:
    asked = request.args.get("state", "")
    if asked and asked not in OPEN:
        abort(404)
    return State(asked) if asked else None


def _announcement(open_now: int, needing_a_person: int) -> str:
    alarm = f", needing a person: {needing_a_person}" if needing_a_person else ""
    return f"Open payments: {open_now}{alarm}."


def _told_of_capture(session: PaymentSession) -> tuple[str, str]:
    """What came of having it taken, and its tone."""
    if session.state is State.COMPLETED:
        return "The money was taken, and the order is paid.", "good"
    if session.state is State.CANCELLED:
        return "Nothing was taken: the sum was not set aside any more.", "warning"
    return "Written down. The gateway is asked until it has said that the money was taken.", "info"


def _told(session: PaymentSession) -> tuple[str, str]:
    """What came of the wish to cancel, and its tone."""
    if session.state is State.CANCELLED:
        return "Cancelled. No money was taken, and none can be any more.", "good"
    if session.state is State.COMPLETED:
        return "Not cancelled: the gateway had taken the money already, so the order is paid.", "warning"
    if session.cancelling:
        return "Written down. It is cancelled as soon as the gateway has said that no money was taken.", "info"
    return f"There was nothing left to cancel: this payment is {session.state}.", "info"
