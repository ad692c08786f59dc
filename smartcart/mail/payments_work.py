"""The letter to who wanted to know when payments work again, after an outage: once, and with the way to pay."""

from smartcart import clock
from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.moments import format_moment
from smartcart.outbox.models import Effect
from smartcart.outbox.worker import NotAnyMore, Undelivered
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, recovery_links, session_with_order
from smartcart.rules.payment_states import AT_REST, PAID

WORKS_AGAIN = "Payments work again. You asked us to write to you when they do."
KEPT = "Your order was kept for you, until {end}."
LINK_WORDS = "See where it stands now, and pay if you still want to"
PAID_MEANWHILE = "the order was paid"
OVER = "the payment is over, or was tried again"
OUT_AGAIN = "payments do not work again yet"


def compose(effect: Effect) -> Letter:
    """As the session stands on record now. Raises NotAnyMore, or Undelivered while payments do not work."""
    session = session_with_order.find(effect.session_id)
    if session.state in PAID:
        raise NotAnyMore(PAID_MEANWHILE)
    if session.state not in AT_REST or session.cancelling or session.expired(clock.now()):
        raise NotAnyMore(OVER)
    if runtime().weather.is_out:
        raise Undelivered(OUT_AGAIN)
    zone = runtime().settings.time_zone
    base_url = about_payment.base_url_of(session)
    return about_payment.letter(
        session,
        "unpaid",
        [WORKS_AGAIN, KEPT.format(end=format_moment(session.expires_at, zone)), copy.sentence(session, zone)],
        heading="Payments work again",
        link=recovery_links.address(session.id, base_url, effect.written_at),
        link_words=LINK_WORDS,
        statement_url="",
    )
