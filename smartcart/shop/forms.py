"""What the shopper is asked at checkout, and what is allowed."""

import re
import unicodedata

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, Form, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from smartcart.rules.card_numbers import has_card_number
from smartcart.shop.consents import WORDING

# RFC 5321 allows an address of 254 characters on the wire.
LONGEST_EMAIL = 254
LONGEST_NAME = 120

# One @, and after it names with dots between them. Brackets, quotes, commas and control characters, which would change
# the meaning of a mail's header, are left out; so is nothing that people's addresses really have.
_PART = r"[^\s@.<>()\[\],;:\"\\\x00-\x1f\x7f]"
_EMAIL = re.compile(rf"{_PART}+(\.{_PART}+)*@{_PART}+(\.{_PART}+)*\.{_PART}{{2,}}")
# Control characters, unpaired surrogates, line and paragraph separators.
_NOT_ON_A_LINE = {"Cc", "Cs", "Zl", "Zp"}


def stripped(typed: object) -> str:
    """What was typed without the blanks around it; empty when the field was not sent, or was sent as a file."""
    return typed.strip() if isinstance(typed, str) else ""


def refuse_control_characters(form: Form, field: Field) -> None:
    """A validator for what stands on one line."""
    if any(unicodedata.category(character) in _NOT_ON_A_LINE for character in field.data):
        raise ValidationError(f"{field.label.text}: this must be on one line, without control characters.")


def refuse_card_numbers(form: Form, field: Field) -> None:
    """A validator: the shop never keeps a card's number, whichever field it was typed into."""
    if has_card_number(field.data):
        raise ValidationError("This looks like a card number. Please type it only when you pay, into the card form.")


class CheckoutForm(FlaskForm):
    """Name and e-mail of the one who orders, and whether they may be reminded."""

    name = StringField(
        "Name",
        filters=[stripped],
        validators=[
            DataRequired("Please give a name for the order."),
            Length(max=LONGEST_NAME, message=f"The name can have at most {LONGEST_NAME} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )
    email = EmailField(
        "E-mail",
        filters=[stripped],
        validators=[
            DataRequired("Please give an e-mail address."),
            Length(max=LONGEST_EMAIL, message=f"An e-mail address can have at most {LONGEST_EMAIL} characters."),
            refuse_card_numbers,
        ],
    )

    remind = BooleanField(WORDING)

    def validate_email(self, field: Field) -> None:
        if not _EMAIL.fullmatch(field.data):
            raise ValidationError("This is not an e-mail address. It must look like name@example.com, without spaces.")
