"""What the admin is asked about money that is to go back."""

from collections.abc import Sequence

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from smartcart.ids import PATTERN, is_id, new_id
from smartcart.money import parse
from smartcart.money.format import format_money
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.refunds import transitions
from smartcart.shop.forms import refuse_card_numbers, refuse_control_characters, stripped
from smartcart.shop.models import OrderLine
from smartcart.shop.restocking import PutBack

LONGEST_REASON = 500


class RefundForm(FlaskForm):
    """How much, why, and what goes back on the shelf. `refund_id` makes one refund of two presses on the same button.

    `put_back` is there once the form is valid. Of each line of the order `restock-<id>` says how many, and
    `restocked-<id>` how many the page showed as put back before.
    """

    put_back: Sequence[PutBack] = ()

    amount = StringField("How much", filters=[stripped], validators=[DataRequired("Please say how much.")])
    reason = StringField(
        "Reason",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_REASON, message=f"The reason can have at most {LONGEST_REASON} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )
    restock_all = BooleanField("Put all of it back on the shelf")
    refund_id = HiddenField(validators=[Regexp(PATTERN + r"\Z", message="Please open this form again.")])

    def __init__(self, session: PaymentSession, left: int, **given: MultiDict[str, str]) -> None:
        super().__init__(**given)
        self._session, self._left = session, left

    def validate_amount(self, field: Field) -> None:
        if self.minor() > self._left:
            left = format_money(self._left, self._session.currency)
            raise ValidationError(f"{left} at most can still be given back of this payment.")

    def validate_restock_all(self, field: Field) -> None:
        lines = self._session.order.lines if self._session.order else []
        wanted = [self._wanted_back(line) for line in lines]
        self.put_back = [each for each in wanted if each.quantity]

    def _wanted_back(self, line: OrderLine) -> PutBack:
        """Raises ValidationError."""
        before = _number(request.form.get(f"restocked-{line.id}") or str(line.restocked))
        left = line.quantity - before
        quantity = left if self.restock_all.data else _number(request.form.get(f"restock-{line.id}") or "0")
        if quantity > left:
            raise ValidationError(f"{line.name}: {left} at most can be put back on the shelf.")
        return PutBack(line.id, line.product_id, before, quantity)

    def asked_before(self) -> Refund | None:
        """The refund that an earlier press on the same button has begun, whatever else was sent with this one."""
        refund_id = str(self.refund_id.data)
        if not (is_id(refund_id) and transitions.exists(refund_id)):
            return None
        found = transitions.find(refund_id)
        return found if found.session_id == self._session.id else None

    def minor(self) -> int:
        """The amount in minor units. Raises ValidationError."""
        return parse.to_minor(str(self.amount.data), self._session.currency, "sum")


def _number(typed: str) -> int:
    """What was typed as how many. Raises ValidationError."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise ValidationError("How many go back on the shelf is a whole number.")
    return int(typed)


def refund_form(session: PaymentSession) -> RefundForm:
    """A form to begin with: all that is left."""
    left = transitions.left_of(session)
    begun = {"amount": parse.to_text(left, session.currency), "refund_id": new_id()}
    return RefundForm(session, left, formdata=MultiDict(begun))
