"""Signing in to the admin and out of it."""

import logging
import re
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import TooManyRequests
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

from smartcart.admin.login import guesses, signed_in
from smartcart.admin.login.models import Admin
from smartcart.admin.login.passwords import admin_with, ensure_admin
from smartcart.database.session import db
from smartcart.shop.forms import stripped
from smartcart.web.fragments import is_fragment
from smartcart.web.limits import READING

__all__ = ["ensure_admin", "init_app", "login"]

login = Blueprint("login", __name__, url_prefix="/admin")

log = logging.getLogger(__name__)

REFUSAL = "This name and this password do not belong together."
# Where signing in may lead: the admin's own pages and no other site.
OWN_PAGE = re.compile(r"/admin(?:[/?][!-~]*)?")


class LoginForm(FlaskForm):
    name = StringField("Name", filters=[stripped], validators=[DataRequired("Please give the name.")])
    password = PasswordField("Password", validators=[DataRequired("Please give the password.")])


def init_app(app: Flask) -> None:
    """Let Flask-Login know whose browser it is and where to sign in."""
    manager = LoginManager()
    # Without its context processor: an error page must not need the database to know who reads it.
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_admin_of_browser)
    manager.unauthorized_handler(_ask_to_sign_in)
    app.after_request(_log_act)


@login.route("/login", methods=["GET", "POST"], endpoint="login")
def sign_in() -> ResponseReturnValue:
    form = LoginForm()
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(_wanted_page(), 303)
    if not form.validate_on_submit():
        return _page(form)
    if wait := guesses.count():
        log.warning("too many wrong passwords: for %d seconds none is looked at", wait)
        raise TooManyRequests(retry_after=wait)
    admin = admin_with(str(form.name.data), str(form.password.data))
    if admin is None:
        whose = "a browser that signed in before" if guesses.signed_in_before() else "a browser not known"
        log.warning("a wrong name or password for the admin, by %s", whose)
        return _page(form, REFUSAL)
    return _signed_in(admin)


def _signed_in(admin: Admin) -> Response:
    guesses.forgive()
    session.clear()  # nothing of what anybody may have planted; who shops has a cookie apart
    login_user(admin)
    signed_in.begin()
    log.info("%s signed in", admin.name)
    answer: Response = current_app.make_response(redirect(_wanted_page(), 303))
    guesses.know_again(answer)
    return answer


@login.post("/logout", endpoint="logout")
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        log.info("%s signed out", current_user.name)
    signed_in.end()
    flash("You are signed out.", "good")
    return redirect(url_for("login.login"), 303)


def _log_act(answer: Response) -> Response:
    """What the admin has done, or tried to; signing in and out tell of themselves."""
    is_act = request.method not in READING and request.path.startswith("/admin/") and request.blueprint != login.name
    if is_act and current_user.is_authenticated:
        about = " ".join(f"{name} {value}" for name, value in (request.view_args or {}).items())
        log.info("%s: %s %s, answered %d", current_user.name, request.endpoint, about, answer.status_code)
    return answer


def _admin_of_browser(user_id: str) -> Admin | None:
    """The admin who signed in with this browser, unless that is over or the password is another now."""
    if not signed_in.is_begun():
        return None
    admin = db.session.get(Admin, user_id.partition(":")[0])
    if admin is None or admin.get_id() != user_id:
        return None
    if not is_fragment():  # a page that renews itself is nobody being there
        signed_in.stay()
    return admin


def _ask_to_sign_in() -> ResponseReturnValue:
    if is_fragment():
        return Response(status=403, headers={"HX-Refresh": "true"})
    # What was posted is lost with the sign-in, so it leads back to the page with the form.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else _page_before()
    return redirect(url_for("login.login", next=wanted or None), 303)


def _page_before() -> str:
    try:
        return urlsplit(request.referrer or "").path.removeprefix(request.script_root)
    except ValueError:  # a header that is no address
        return ""


def _wanted_page() -> str:
    wanted = request.values.get("next", "").removeprefix(request.script_root)
    return request.script_root + wanted if OWN_PAGE.fullmatch(wanted) else url_for("admin.overview")


def _page(form: LoginForm, refusal: str = "") -> ResponseReturnValue:
    page = render_template("admin/login.html", form=form, refusal=refusal, wanted=_wanted_page())
    return page, 422 if form.is_submitted() else 200
