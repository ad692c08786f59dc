"""The letter that an order is on its way, with where it can be followed."""

from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.outbox.models import Effect
from smartcart.outbox.worker import NotAnyMore
from smartcart.payments.page import session_with_order
from smartcart.shop import deliveries

HEADING = "Your order is on its way"
INSTEAD = "We have corrected how it can be followed: this letter takes the place of the one before."
CORRECTED = "how it can be followed was corrected, and another letter tells"


def compose(effect: Effect) -> Letter:
    """As it is on record now. Raises NotAnyMore where something else was said since of where it is."""
    session = session_with_order.find(effect.session_id)
    steps = deliveries.steps_of(session.order_id or 0)
    if not steps or str(steps[-1].id) != effect.occasion:
        raise NotAnyMore(CORRECTED)
    step, is_corrected = steps[-1], len(steps) > 1 and steps[-2].stage is steps[-1].stage
    return about_payment.letter(
        session,
        "sent",
        [
            INSTEAD if is_corrected else "",
            f"It was handed to {step.carrier}." if step.carrier else "It was handed over to be delivered.",
        ],
        HEADING,
        tracking_url=step.tracking_url,
    )
