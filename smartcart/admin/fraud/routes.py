"""The fraud rules: listed, tried on what was, changed, switched."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from smartcart.admin.access import require_login
from smartcart.admin.fraud import dry_run, labels, met_lately
from smartcart.admin.fraud.dry_run import DryRun
from smartcart.admin.fraud.forms import RuleForm, form_of
from smartcart.database.session import writing
from smartcart.fraud import rule_book
from smartcart.payments.core.runtime import runtime
from smartcart.rules.velocity import Action, By, Measure, Rule

fraud = Blueprint("fraud", __name__, url_prefix="/admin/fraud")
fraud.before_request(require_login)

SWITCHES = {"yes": "on", "no": "off"}
# What the form of a new rule begins with: it harms nobody before it is changed.
NEW = Rule("", By.ADDRESS, Measure.DECLINED_CARDS, 5, 600, Action.NOTE)


@fraud.get("")
def index() -> ResponseReturnValue:
    return _list()


@fraud.get("/dry-run")
def try_all() -> ResponseReturnValue:
    return _list(dry_run.try_out(_on(rule_book.read())))


@fraud.route("/rules/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    if len(rule_book.read()) >= rule_book.MOST:
        flash(f"There are {rule_book.MOST} rules, and each is looked at in every payment: change one of them.", "bad")
        return redirect(url_for("fraud.index"), 303)
    return _edit(NEW)


@fraud.route("/rules/<int:rule_id>", methods=["GET", "POST"])
def edit(rule_id: int) -> ResponseReturnValue:
    return _edit(_find(rule_id))


@fraud.post("/rules/<int:rule_id>/switch")
def switch(rule_id: int) -> ResponseReturnValue:
    rule, wanted = _find(rule_id), request.form.get("is_on")
    if wanted not in SWITCHES:
        abort(400)
    return _keep(replace(rule, is_on=wanted == "yes"), f"switched {SWITCHES[wanted]}")


def _edit(rule: Rule) -> ResponseReturnValue:
    """The rule's page. What is sent is kept, or only tried on what was seen."""
    if request.method == "GET":
        return _form(form_of(rule), rule)
    form = RuleForm()
    if not form.validate():
        return _form(form, rule), 422
    typed = form.rule(rule.id)
    if "try" in request.form:
        return _form(form, rule, dry_run.try_out(_on([typed])))
    return _keep(typed, "kept")


def _keep(rule: Rule, done: str) -> Response:
    with writing():
        rule_book.change(rule)
    runtime().fraud.read_anew()
    flash(f"“{rule.name}” is {done}.", "good")
    return redirect(url_for("fraud.index"), 303)


def _on(rules: "tuple[Rule, ...] | list[Rule]") -> list[Rule]:
    """As if they were switched on, so that what is off can be tried."""
    return [replace(rule, is_on=True) for rule in rules]


def _find(rule_id: int) -> Rule:
    return next((rule for rule in rule_book.read() if rule.id == rule_id), None) or abort(404)


def _list(tried: DryRun | None = None) -> str:
    found = {each.rule.id: each for each in tried.found} if tried else {}
    return render_template(
        "admin/fraud.html",
        rules=rule_book.read(),
        sentence=labels.sentence,
        actions=labels.ACTIONS,
        tried=tried,
        found=found,
        lately=met_lately.newest(),
        most=met_lately.MOST,
        is_on=runtime().fraud.is_on,
    )


def _form(form: RuleForm, rule: Rule, tried: DryRun | None = None) -> str:
    return render_template("admin/fraud_rule.html", form=form, rule=rule, tried=tried)
