"""What all letters about a payment have: to whom, of which order, and where the money is in the page's words."""

from collections.abc import Iterable

from smartcart.mail.letter import Letter
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, session_with_order
from smartcart.payments.page.session_with_order import SessionWithOrder


def letter(
    session: SessionWithOrder,
    template: str,
    sentences: Iterable[str],
    heading: str = "",
    is_needed: bool = True,
    **more: str,
) -> Letter:
    """The letter about a session as it stands now, with the page's heading unless another is given; what of `sentences`
    is empty is left out."""
    settings, heading = runtime().settings, heading or copy.heading(session)
    base_url = base_url_of(session)
    return Letter(
        to=session.order_email or "",
        subject=f"Order {session.order_reference}: {heading}",
        template=template,
        base_url=base_url,
        values={
            "heading": heading,
            "sentences": list(filter(None, sentences)),
            "session": session,
            "lines": session_with_order.lines_of(session.id).answer(),
            "order_url": f"{base_url}/orders/{session.order_token}",
            "contact": settings.contact,
            "is_test": runtime().gateway.is_test,
            **more,
        },
        is_needed=is_needed,
    )


def base_url_of(session: SessionWithOrder) -> str:
    """Where the shop is reached: by the settings, or else as it was when the session was opened."""
    url: str = runtime().settings.base_url or session.pay_url.removesuffix(f"/pay/{session.id}")
    return url
