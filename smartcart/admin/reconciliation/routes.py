"""Money that needs a person: what the gateway's books say and the shop's do not, and what happened after an end."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin.access import COUNTED, LARGEST_ID, PAGE, require_login
from smartcart.admin.reconciliation import labels
from smartcart.payments.core import findings
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.reconciliation import comparison
from smartcart.payments.reconciliation import resolutions as acts
from smartcart.payments.reconciliation.resolutions import Done
from smartcart.rules import patience
from smartcart.shop.models import OrderStatus

inbox = Blueprint("inbox", __name__, url_prefix="/admin/inbox")
inbox.before_request(require_login)
inbox.add_app_template_global(partial(findings.how_many_open, COUNTED), "open_findings")
for word in (labels.finding_title, labels.finding_meaning):
    inbox.add_app_template_filter(word)

ACTOR = "admin"
ONE = f"/<int(max={LARGEST_ID}):finding_id>"
AGAIN_WITHIN = f"{comparison.INTERVAL / 60:.0f} minutes"
HOW_OFTEN = (
    f"every {patience.OFTEN / 60:.0f} minutes while money moves, every hour for a day after that, and then every"
    f" {patience.SELDOM / patience.HOUR:.0f} hours"
)


@inbox.get("")
def index() -> ResponseReturnValue:
    last = comparison.last_run()
    waiting, settled = findings.open_ones(PAGE), findings.settled_ones(PAGE)
    return render_template(
        "admin/inbox.html",
        findings=waiting,
        are_more=findings.how_many_open(PAGE + 1) > PAGE,
        settled=settled,
        sessions=acts.sessions_of([*waiting, *settled]),
        last_look=last,
        is_cut_off=last is not None and comparison.is_cut_off(last),
        read_until=last and last.seen_until,
        first_look_days=comparison.FIRST_LOOK.days,
        again_within=AGAIN_WITHIN,
        how_often=HOW_OFTEN,
        may_fulfil=labels.may_fulfil,
        may_refund=labels.may_refund,
        may_release=labels.may_release,
    )


@inbox.post("/look")
def look() -> ResponseReturnValue:
    """Read the gateway's books now; it goes on in the background."""
    if comparison.run_soon():
        flash("Reading the gateway's books. Open this page again in a moment.", "info")
    else:
        flash("The gateway's threads are all busy. Please try again in a moment.", "warning")
    return _back()


@inbox.post(ONE + "/fulfil")
def fulfil(finding_id: int) -> ResponseReturnValue:
    return _act(finding_id, acts.fulfil)


@inbox.post(ONE + "/release")
def release(finding_id: int) -> ResponseReturnValue:
    """Give a sum free that is still set aside at the gateway."""
    return _act(finding_id, acts.release)


@inbox.post(ONE + "/seen")
def seen(finding_id: int) -> ResponseReturnValue:
    return _act(finding_id, acts.see)


@inbox.get(ONE + "/refund")
def ask_refund(finding_id: int) -> ResponseReturnValue:
    """What giving back means here, before it is done."""
    finding = _find(finding_id)
    session = acts.session_of(finding)
    alone = acts.pays_no_order(finding, session)
    order = session.order if session and not alone else None
    return render_template(
        "admin/inbox_refund.html",
        finding=finding,
        session=session,
        alone=alone,
        goods=[line for line in order.lines if line.still_out] if order else [],
        lie_here=order is not None and order.status is OrderStatus.UNPAID,
    )


@inbox.post(ONE + "/refund")
def refund(finding_id: int) -> ResponseReturnValue:
    return _act(finding_id, partial(acts.refund, restock="restock" in request.form))


def _act(finding_id: int, act: Callable[[Finding, str], Done]) -> ResponseReturnValue:
    finding = _find(finding_id)
    if finding.settled_at is not None:
        flash(f"This was looked after already: {finding.settlement}, by {finding.settled_by}.", "info")
        return _back()
    done = act(finding, ACTOR)
    flash(done.told, "good" if done.settled else "warning")
    return _back()


def _find(finding_id: int) -> Finding:
    return findings.find(finding_id) or abort(404)


def _back() -> ResponseReturnValue:
    return redirect(url_for("inbox.index"), 303)
