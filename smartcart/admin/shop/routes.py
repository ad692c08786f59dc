"""Who the shop is: its name and slogan, and the way to its pages of law."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from smartcart.admin.access import require_login
from smartcart.shop import identity
from smartcart.shop.forms import refuse_control_characters, stripped
from smartcart.shop.identity_model import LONGEST_NAME, LONGEST_SLOGAN
from smartcart.shop.legal_models import LegalPage

shop_identity = Blueprint("shop_identity", __name__, url_prefix="/admin/shop")
shop_identity.before_request(require_login)


class IdentityForm(FlaskForm):
    """Either may be empty."""

    name = StringField(
        "Name",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_NAME, message=f"The name can have at most {LONGEST_NAME} characters."),
            refuse_control_characters,
        ],
    )
    slogan = StringField(
        "Slogan",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_SLOGAN, message=f"The slogan can have at most {LONGEST_SLOGAN} characters."),
            refuse_control_characters,
        ],
    )


@shop_identity.get("")
def index() -> ResponseReturnValue:
    written = identity.written()
    return _page(IdentityForm(data={"name": written.name, "slogan": written.slogan}))


@shop_identity.post("")
def write() -> ResponseReturnValue:
    form = IdentityForm()
    if not form.validate() or not {"name", "slogan"} <= request.form.keys():
        return _page(form), 422
    identity.write(name=form.name.data, slogan=form.slogan.data)
    flash("Every page and every letter says so from now on.", "good")
    return redirect(url_for("shop_identity.index"), 303)


def _page(form: IdentityForm) -> str:
    return render_template(
        "admin/shop.html", form=form, pages=list(LegalPage), default=current_app.config["SETTINGS"].shop_name
    )
