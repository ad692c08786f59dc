"""The letters of an order that was paid. They say where the money is in the payment page's own words."""

from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.outbox.models import Effect
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, session_with_order

# Of a payment that was on record as ended without money, and that the gateway has charged after all.
CAME_LATE = (
    "This payment had ended when the payment service told us of your money. You need not do anything: we have written"
    " down here what became of it."
)


def compose(effect: Effect) -> Letter:
    """As the session stands on record now, whatever has become of its money since it was paid."""
    return _receipt(effect)


def compose_late(effect: Effect) -> Letter:
    """The same of money that came after the session had ended without."""
    return _receipt(effect, CAME_LATE)


def _receipt(effect: Effect, *before: str) -> Letter:
    session = session_with_order.find(effect.session_id)
    sentence = copy.sentence(session, runtime().settings.time_zone)
    return about_payment.letter(session, "receipt", [*before, sentence])
