"""What the owner writes down about an order: only ever added."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from smartcart.admin import lookup
from smartcart.admin.access import require_login
from smartcart.shop import notes
from smartcart.shop.forms import refuse_card_numbers, stripped
from smartcart.shop.note_model import LONGEST_NOTE

order_notes = Blueprint("order_notes", __name__, url_prefix="/admin/orders/<number>/notes")
order_notes.before_request(require_login)

ACTOR = "admin"


class NoteForm(FlaskForm):
    text = TextAreaField(
        "Note",
        filters=[stripped],
        validators=[
            DataRequired("Please write something down."),
            Length(max=LONGEST_NOTE, message=f"A note can have at most {LONGEST_NOTE} characters."),
            refuse_card_numbers,
        ],
    )

    def validate_text(self, field: Field) -> None:
        if "\0" in field.data:
            raise ValidationError("The note has a character in it that cannot be stored.")


@order_notes.post("")
def add(number: str) -> ResponseReturnValue:
    order, form = lookup.find_order(number), NoteForm()
    if not form.validate():
        return render_template("admin/note.html", order=order, note_form=form), 422
    if notes.add(order.id, ACTOR, str(form.text.data)):
        flash("It is written down.", "good")
    return redirect(url_for("orders.show", number=order.number), 303)
