"""The countries that the shop sends to, and what that costs: added, changed, removed."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, SelectField, StringField
from wtforms.validators import DataRequired, ValidationError

from smartcart.admin.access import require_login
from smartcart.money import parse
from smartcart.money.format import format_money
from smartcart.rules.money import DIGITS
from smartcart.shop import countries, shipping
from smartcart.shop.forms import stripped

shipping_prices = Blueprint("shipping_prices", __name__, url_prefix="/admin/shipping")
shipping_prices.before_request(require_login)


class CountryForm(FlaskForm):
    """A country of a currency's price list."""

    country = SelectField("Country", validate_choice=False, validators=[DataRequired("Please choose a country.")])
    currency = StringField("Currency", filters=[stripped])

    def validate_country(self, field: Field) -> None:
        if field.data not in countries.names():
            raise ValidationError("Please choose a country of the list.")

    def validate_currency(self, field: Field) -> None:
        if field.data not in DIGITS:
            raise ValidationError("The currency must be an ISO 4217 code of three capital letters, such as EUR.")


class PriceForm(CountryForm):
    """And what it costs to send an order there; 0 is free of charge."""

    price = StringField("Price", filters=[stripped], validators=[DataRequired("Please give a price; 0 is free.")])

    def validate_price(self, field: Field) -> None:
        if self.currency.data in DIGITS:  # otherwise the currency is what is wrong
            self.minor()

    def minor(self) -> int:
        """Minor units of the currency. Raises ValidationError."""
        typed = str(self.price.data)
        return 0 if typed == "0" else parse.to_minor(typed, str(self.currency.data))


@shipping_prices.get("")
def index() -> ResponseReturnValue:
    return _page(PriceForm(data={"currency": current_app.config["SETTINGS"].currency}))


@shipping_prices.post("")
def set_price() -> ResponseReturnValue:
    form = PriceForm()
    if not form.validate():
        return _page(form), 422
    country, currency, price = str(form.country.data), str(form.currency.data), form.minor()
    shipping.set_price(currency, country, price)
    return _done(f"{countries.name_of(country)}: {format_money(price, currency)} to send an order there.")


@shipping_prices.post("/remove")
def remove() -> ResponseReturnValue:
    form = CountryForm()
    if not form.validate():
        return _page(PriceForm()), 422
    shipping.remove(str(form.currency.data), str(form.country.data))
    return _done(f"Nothing in {form.currency.data} is sent to {countries.name_of(str(form.country.data))} any more.")


def _done(told: str) -> Response:
    flash(told, "good")
    return redirect(url_for("shipping_prices.index"), 303)


def _page(form: PriceForm) -> str:
    form.country.choices = [("", "Please choose"), *countries.names().items()]
    return render_template("admin/shipping.html", form=form, prices=shipping.all_prices())
