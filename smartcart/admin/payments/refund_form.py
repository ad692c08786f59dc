"""What the admin is asked about money that is to go back."""

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, StringField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from smartcart.ids import PATTERN, is_id, new_id
from smartcart.money import parse
from smartcart.money.format import format_money
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.refunds import transitions
from smartcart.shop.forms import refuse_card_numbers, refuse_control_characters, stripped

LONGEST_REASON = 500


class RefundForm(FlaskForm):
    """How much, and why. `refund_id` makes one refund of two presses on the same button."""

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
    refund_id = HiddenField(validators=[Regexp(PATTERN + r"\Z", message="Please open this form again.")])

    def __init__(self, session: PaymentSession, left: int, **given: MultiDict[str, str]) -> None:
        super().__init__(**given)
        self._session, self._left = session, left

    def validate_amount(self, field: Field) -> None:
        if self.minor() > self._left:
            left = format_money(self._left, self._session.currency)
            raise ValidationError(f"{left} at most can still be given back of this payment.")

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


def refund_form(session: PaymentSession) -> RefundForm:
    """A form to begin with: all that is left."""
    left = transitions.left_of(session)
    begun = {"amount": parse.to_text(left, session.currency), "refund_id": new_id()}
    return RefundForm(session, left, formdata=MultiDict(begun))
