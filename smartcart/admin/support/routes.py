"""What to say to who calls: the whole table, and beside a payment what fits where its money is now."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from smartcart.admin import lookup
from smartcart.admin.access import require_login
from smartcart.admin.payments import labels
from smartcart.admin.support.calls import CALLS, TRUTHS, that_fit
from smartcart.payments.flow import desk

support = Blueprint("support", __name__, url_prefix="/admin/support")
support.before_request(require_login)


@support.get("")
def index() -> ResponseReturnValue:
    return render_template("admin/support.html", calls=CALLS, truths=TRUTHS, words=labels.MONEY)


@support.get("/<session_id>")
def beside(session_id: str) -> ResponseReturnValue:
    session = desk.read(lookup.find_session(session_id).id)
    return render_template(
        "admin/support_session.html",
        session=session,
        truth=TRUTHS[session.money],
        calls=that_fit(session.money),
        words=labels.MONEY,
    )
