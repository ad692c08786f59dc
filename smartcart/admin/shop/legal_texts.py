"""The pages of law, written in Markdown: looked at first if wanted, published edition by edition, never changed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length, ValidationError

from smartcart.admin.access import require_login
from smartcart.shop import legal_texts
from smartcart.shop.forms import stripped
from smartcart.shop.legal_models import LegalPage
from smartcart.shop.legal_pages import PAGE

legal_editor = Blueprint("legal_editor", __name__, url_prefix="/admin/shop")
legal_editor.before_request(require_login)

# The longest terms of large shops have a third of it.
LONGEST_TEXT = 100_000
# A letter takes four bytes at most, and a form writes each of them as three.
LARGEST_FORM = LONGEST_TEXT * 12 + 4096
# Of earlier editions so many are listed; each keeps its address.
MOST_SHOWN = 50


class TextForm(FlaskForm):
    """An empty text takes the page away."""

    words = TextAreaField(
        "Text",
        filters=[stripped, lambda typed: typed.replace("\r\n", "\n")],  # as browsers send lines
        validators=[Length(max=LONGEST_TEXT, message=f"A page can have at most {LONGEST_TEXT:,} characters.")],
    )

    def validate_words(self, field: Any) -> None:
        if "\0" in field.data:
            raise ValidationError("The text has a character in it that nobody can see. Please type it anew.")


@legal_editor.url_value_preprocessor
def allow_long_texts(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before anything reads the body, and for the signed-in admin alone."""
    if current_user.is_authenticated:
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM


@legal_editor.get(PAGE)
def edit(page: str) -> ResponseReturnValue:
    newest = legal_texts.newest(LegalPage(page))
    return _editor(LegalPage(page), TextForm(data={"words": newest.words if newest else ""}))


@legal_editor.post(PAGE)
def save(page: str) -> ResponseReturnValue:
    """Field `act`: `publish`, or `look` at what it will be."""
    form, of = TextForm(), LegalPage(page)
    if not form.validate() or "words" not in request.form:
        return _editor(of, form), 422
    if request.form.get("act") != "publish":
        return _editor(of, form, is_looked_at=True)
    words = str(form.words.data)
    if legal_texts.publish(of, words):
        flash(
            f"{of.heading}: this is what holds from now on." if words else f"{of.heading}: there is none any more.",
            "good",
        )
    return redirect(url_for("legal_editor.edit", page=page), 303)


def _editor(page: LegalPage, form: TextForm, is_looked_at: bool = False) -> str:
    return render_template(
        "admin/legal.html",
        page=page,
        form=form,
        editions=legal_texts.editions(page, MOST_SHOWN),
        is_looked_at=is_looked_at,
    )
