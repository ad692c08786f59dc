"""Who the shop is: its name, slogan and logo, and the way to its pages of law."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import Field, StringField
from wtforms.validators import Length, ValidationError

from smartcart.admin.access import require_login
from smartcart.admin.products import picture_files, pictures
from smartcart.admin.products.picture_files import PictureFile
from smartcart.database.queues import queue_for
from smartcart.database.session import writing
from smartcart.shop import identity
from smartcart.shop.forms import refuse_control_characters, stripped
from smartcart.shop.identity_model import LONGEST_NAME, LONGEST_SLOGAN
from smartcart.shop.legal_models import LegalPage

shop_identity = Blueprint("shop_identity", __name__, url_prefix="/admin/shop")
shop_identity.before_request(require_login)


# It is shown at most 12 rem wide: so many pixels are sharp on screens with two for one.
LONGEST_SIDE = 480


class IdentityForm(FlaskForm):
    """All of it may be empty; without a new logo there stays the one that there is. `cleaned` is the new one."""

    cleaned: PictureFile | None = None

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
    logo = FileField("Logo")

    def validate_logo(self, field: Field) -> None:
        if not field.data:
            return
        if self.name.errors or self.slogan.errors:  # no browser sends a file again by itself
            raise ValidationError("Please choose the logo once more.")
        self.cleaned = picture_files.cleaned(bytes(field.data.read(picture_files.LARGEST_FILE + 1)), LONGEST_SIDE)


@shop_identity.url_value_preprocessor
def allow_pictures(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before anything reads the body, and for the signed-in admin alone."""
    if endpoint == "shop_identity.write" and current_user.is_authenticated:
        request.max_content_length = picture_files.LARGEST_UPLOAD


@shop_identity.get("")
def index() -> ResponseReturnValue:
    written = identity.written()
    return _page(IdentityForm(data={"name": written.name, "slogan": written.slogan}))


@shop_identity.post("")
def write() -> ResponseReturnValue:
    form = IdentityForm()
    if not form.validate() or not {"name", "slogan"} <= request.form.keys():
        return _page(form), 422
    with writing():
        queue_for("catalogue")
        identity.write(name=form.name.data, slogan=form.slogan.data)
        if form.cleaned:
            _set_logo(pictures.put(form.cleaned), form.cleaned.width, form.cleaned.height)
    return _done("Every page and every letter says so from now on.")


@shop_identity.post("/logo/remove")
def remove_logo() -> Response:
    with writing():
        queue_for("catalogue")
        _set_logo("", 0, 0)
    return _done("The shop has no logo any more.")


def _set_logo(picture: str, width: int, height: int) -> None:
    identity.write(logo=picture, logo_width=width, logo_height=height)
    pictures.forget_unused()


def _done(told: str) -> Response:
    identity.of_shop().ask_anew()
    flash(told, "good")
    return redirect(url_for("shop_identity.index"), 303)


def _page(form: IdentityForm) -> str:
    return render_template(
        "admin/shop.html", form=form, pages=list(LegalPage), default=current_app.config["SETTINGS"].shop_name
    )
