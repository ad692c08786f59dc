"""The letter of an order that was paid: the receipt. It says where the money is in the payment page's own words."""

from smartcart.mail.letter import Letter
from smartcart.outbox.models import Effect
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, session_with_order


def compose(effect: Effect) -> Letter:
    """As the session stands on record now, whatever has become of its money since it was paid."""
    session, settings = session_with_order.find(effect.session_id), runtime().settings
    base_url = settings.base_url or session.pay_url.removesuffix(f"/pay/{session.id}")
    heading = copy.heading(session)
    return Letter(
        to=session.order_email or "",
        subject=f"Order {session.order_reference}: {heading}",
        template="receipt",
        base_url=base_url,
        values={
            "heading": heading,
            "sentence": copy.sentence(session, settings.time_zone),
            "session": session,
            "lines": session_with_order.lines_of(session.id).answer(),
            "order_url": f"{base_url}/orders/{session.order_token}",
            "contact": settings.contact,
            "is_test": runtime().gateway.is_test,
        },
    )
