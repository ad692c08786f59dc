"""An order's goods: packed, sent, and how they can be followed; and the slip that goes into the parcel."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, StringField
from wtforms.validators import Length, ValidationError

from smartcart.admin import lookup
from smartcart.admin.access import require_login
from smartcart.payments.core.refusals import NothingToSend, Refused
from smartcart.payments.fulfilment import parcels
from smartcart.rules import tracking_links
from smartcart.rules.payment_states import PAID
from smartcart.shop import deliveries
from smartcart.shop.delivery_models import Stage
from smartcart.shop.forms import refuse_card_numbers, refuse_control_characters, stripped
from smartcart.shop.models import Order

delivery = Blueprint("delivery", __name__, url_prefix="/admin/orders/<number>")
delivery.before_request(require_login)

LONGEST_CARRIER = 80


class SendForm(FlaskForm):
    """Who carries it, and where it can be followed; either may be empty."""

    carrier = StringField(
        "Carrier",
        filters=[stripped],
        validators=[
            Length(max=LONGEST_CARRIER, message=f"The carrier can have at most {LONGEST_CARRIER} characters."),
            refuse_control_characters,
            refuse_card_numbers,
        ],
    )
    tracking_url = StringField("Tracking link", filters=[stripped])

    def validate_tracking_url(self, field: Field) -> None:
        if refusal := tracking_links.refusal_of(field.data):
            raise ValidationError(refusal)

    @property
    def said(self) -> tuple[str, str]:
        return str(self.carrier.data), str(self.tracking_url.data)


def form_of(steps: list[deliveries.Moved]) -> SendForm:
    """A form to begin with: what was said last."""
    last = steps[-1] if steps else None
    return SendForm(data=last._asdict() if last else {})


@delivery.get("/slip")
def slip(number: str) -> str:
    order = lookup.find_order(number)
    address = deliveries.address_of(order.id) or abort(404)
    return render_template("admin/slip.html", order=order, address=address)


@delivery.post("/packed")
def pack(number: str) -> Response:
    order = lookup.find_order(number)
    return _done(order, "It is packed.", parcels.pack, "to-pack" in request.form)


@delivery.post("/sent")
def send(number: str) -> ResponseReturnValue:
    """On its way, or a correction of how it can be followed."""
    order, form = lookup.find_order(number), SendForm()
    if not form.validate():
        return render_template("admin/send.html", order=order, send_form=form), 422
    carrier, tracking_url = form.said
    if deliveries.stage_of(order.id) is Stage.SENT:
        told, act = "It is corrected, and the shopper is written to.", parcels.correct
    else:
        told, act = "It is on its way, and the shopper is written to.", parcels.send
    return _done(order, told, lambda session_id: act(session_id, carrier, tracking_url))


def _done(order: Order, told: str, act: Callable[[str], None], goes_on: bool = False) -> Response:
    """Where there is no payment, there is nothing to send. Whoever `goes_on` packing comes back to what is to be."""
    tone, paid = "good", [each.id for each in lookup.sessions_of(order) if each.state in PAID and not each.refund_due]
    try:
        if not paid:
            raise NothingToSend
        act(paid[0])
    except Refused as refusal:
        told, tone = refusal.detail, "warning"
    flash(f"{order.number}: {told}" if goes_on else told, tone)
    return redirect(url_for("orders.to_pack") if goes_on else url_for("orders.show", number=order.number), 303)
