"""What the admin is asked about a product, and what is allowed."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from smartcart.admin.products import picture_files, pictures
from smartcart.admin.products.picture_files import PictureFile
from smartcart.money import parse
from smartcart.rules import tax
from smartcart.rules.money import DIGITS
from smartcart.shop.forms import refuse_card_numbers, refuse_control_characters, stripped

LONGEST_NAME = 120
LONGEST_DESCRIPTION = 2000
# More than any shelf holds, and far from the end of a 32-bit column.
LARGEST_STOCK = 999_999


class ProductForm(FlaskForm):
    """A product. `shown_stock` is the stock that the page showed, from which a change is counted.

    `cleaned_picture` is there once it was looked through, when one was sent. As no browser sends a file again by
    itself, one that came with a form that was refused is stored, and `sent_picture` says where.
    """

    cleaned_picture: PictureFile | None = None

    name = StringField(
        "Name",
        filters=[stripped],
        validators=[
            DataRequired("Please give the product a name."),
            Length(max=LONGEST_NAME, message=f"The name can have at most {LONGEST_NAME} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )
    description = TextAreaField(
        "Description",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_DESCRIPTION, message=f"It can have at most {LONGEST_DESCRIPTION} characters."),
            refuse_card_numbers,
        ],
    )
    price = StringField("Price", filters=[stripped], validators=[DataRequired("Please give a price.")])
    currency = StringField("Currency", filters=[stripped])
    stock = StringField("Stock", filters=[stripped])
    shown_stock = HiddenField(default="0", filters=[stripped])
    is_sent = BooleanField("Is sent: who orders it is asked for an address")
    tax_rate = StringField("Tax in the price, in per cent", filters=[stripped])
    picture = FileField("Picture")
    sent_picture = HiddenField(default="", filters=[stripped])

    def validate_description(self, field: Field) -> None:
        if "\0" in field.data:
            raise ValidationError("The description has a character in it that cannot be stored.")

    def validate_currency(self, field: Field) -> None:
        if field.data not in DIGITS:
            raise ValidationError("The currency must be an ISO 4217 code of three capital letters, such as EUR.")

    def validate_price(self, field: Field) -> None:
        if self.currency.data in DIGITS:  # otherwise the currency is what is wrong
            self.price_in_minor()

    def validate_stock(self, field: Field) -> None:
        _refuse_no_number(field.data)

    def validate_shown_stock(self, field: Field) -> None:
        _refuse_no_number(field.data)

    def validate_tax_rate(self, field: Field) -> None:
        try:
            tax.to_rate(field.data)
        except ValueError:
            raise ValidationError("Write the tax in per cent, with two decimals at most, like 19 or 8.1.") from None

    def validate_picture(self, field: Field) -> None:
        if field.data:
            sent = bytes(field.data.read(picture_files.LARGEST_FILE + 1))
            self.cleaned_picture = picture_files.cleaned(sent)
        elif self.sent_picture.data and not pictures.is_stored(self.sent_picture.data):
            self.sent_picture.data = ""
            raise ValidationError("The picture that you chose is not here any more. Please choose it again.")

    def price_in_minor(self) -> int:
        """The price in minor units of the currency, once the form is valid."""
        return parse.to_minor(str(self.price.data), str(self.currency.data))

    def stock_difference(self) -> int:
        """How many more (or fewer) there are than the page showed, once the form is valid."""
        return int(self.stock.data or 0) - int(self.shown_stock.data or 0)


def _refuse_no_number(typed: str | None) -> None:
    typed = typed or ""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10 and int(typed) <= LARGEST_STOCK):
        raise ValidationError(f"The stock must be a whole number from 0 to {LARGEST_STOCK}.")
