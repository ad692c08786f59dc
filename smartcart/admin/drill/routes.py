"""The drill: started, watched, read afterwards, and wanted each month."""

import logging
from dataclasses import asdict

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.admin.drill import copying, labels, monthly, runs
from smartcart.admin.drill.models import DrillRun
from smartcart.admin.payments.live import live_page
from smartcart.database.session import db
from smartcart.rules.drills import UNDER_WAY, AskedBy, Scenario

drill = Blueprint("drill", __name__, url_prefix="/admin/drill")
drill.before_request(require_login)
drill.add_app_template_filter(runs.shown_state, "drill_state")
drill.add_app_template_filter(labels.title, "drill_title")

log = logging.getLogger(__name__)

NOTHING_CHOSEN = "Please choose at least one scenario."
ONE_RUNS = "A drill is under way. There is one at a time: please wait for its end."


@drill.get("")
def index() -> ResponseReturnValue:
    return _page(list(Scenario))


@drill.post("")
def start() -> ResponseReturnValue:
    """Field `scenario`, once for each that is wanted."""
    wanted = [scenario for scenario in Scenario if scenario in request.form.getlist("scenario")]
    if not wanted:
        return _page(wanted, NOTHING_CHOSEN), 422
    if not runs.ask(wanted, AskedBy.OWNER):
        return _page(wanted, ONE_RUNS), 409
    log.info("a drill was asked for by admin: %s", " ".join(wanted))
    asked = runs.under_way()
    return redirect(url_for("drill.show", run_id=asked.id) if asked else url_for("drill.index"), 303)


@drill.post("/monthly")
def set_monthly() -> ResponseReturnValue:
    """Field `wanted`, yes or no."""
    wanted = request.form.get("wanted", "")
    if wanted not in ("yes", "no"):
        abort(400)
    monthly.want(wanted == "yes")
    log.info("a drill each month was switched %s by admin", "on" if wanted == "yes" else "off")
    flash("There is a drill each month now." if wanted == "yes" else "There is no drill by itself any more.", "good")
    return redirect(url_for("drill.index"), 303)


@drill.get("/<int:run_id>")
def show(run_id: int) -> ResponseReturnValue:
    run = (db.session.get(DrillRun, run_id) if run_id <= LARGEST_ID else None) or abort(404)
    is_live = runs.shown_state(run) in UNDER_WAY
    shown = {"run": run, "labels": labels, "is_under_way": is_live, "step": labels.step(run)}
    return live_page("admin/drill_run.html", "admin/_drill_run.html", labels.announcement(run), shown, is_live)


def _page(chosen: list[Scenario], refusal: str = "") -> str:
    under_way = runs.under_way()
    own, copied = copying.timing(), copying.in_copy()
    return render_template(
        "admin/drill.html",
        labels=labels,
        chosen=chosen,
        refusal=refusal,
        under_way=under_way if under_way and runs.shown_state(under_way) in UNDER_WAY else None,
        newest=runs.newest(),
        next_one=monthly.next_one(),
        times=[(words, asdict(own)[name], asdict(copied)[name]) for name, words in labels.TIMES.items()],
        max_attempts=own.max_attempts,
        at_stripe=copying.has_test_keys(),
    )
