"""Checkout of what is sent: what is asked besides, and what is allowed. Nothing is presumed of how addresses look.

Lines and places are free text. Not every country has postcodes or regions (the address data that browsers fill forms
by, https://chromium-i18n.appspot.com/ssl-address, requires neither of many): only a line, a town and a country must be.
"""

from collections.abc import Iterable

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from smartcart.shop.deliveries import Address
from smartcart.shop.forms import CheckoutForm, refuse_card_numbers, refuse_control_characters, stripped

LONGEST_LINE = 120
LONGEST_POSTCODE = 20


def _line(label: str, most: int = LONGEST_LINE, missing: str = "") -> StringField:
    """A field of one line; `missing` is what is said where it must not be empty."""
    return StringField(
        label,
        filters=[stripped],
        validators=[
            *([DataRequired(missing)] if missing else []),
            Length(max=most, message=f"{label}: at most {most} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )


class AddressForm(CheckoutForm):
    """The same, and where it goes. Which countries there are is for whoever shows it; the order checks it."""

    line1 = _line("Street and number", missing="Please give a street, or what is written in its place.")
    line2 = _line("More for the address")
    postcode = _line("Postcode", LONGEST_POSTCODE)
    city = _line("Town or city", missing="Please give a town or city.")
    region = _line("Region or state")
    country = SelectField("Country", validate_choice=False, validators=[DataRequired("Please choose a country.")])

    def offer(self, countries: Iterable[tuple[str, str]]) -> None:
        """Codes and what is shown of each. One is not chosen for the shopper, unless there is no other."""
        offered = list(countries)
        self.country.choices = offered if len(offered) == 1 else [("", "Please choose"), *offered]

    def address(self) -> Address:
        """Once the form is valid."""
        return Address(*(getattr(self, name).data for name in Address._fields))
