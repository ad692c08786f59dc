"""The letters about a payment that took no money: what is known now, how to go on with it, or how it ended.

Each is for who has not seen that on the page, and says it in the page's own words.
"""

from sqlalchemy import exists, select

from smartcart import clock
from smartcart.database.session import db
from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind
from smartcart.outbox.worker import NotAnyMore, Undelivered
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, recovery_links, session_with_order
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.rules import letters
from smartcart.rules.payment_states import AT_REST, ENDED_UNPAID, State
from smartcart.shop.models import Order, OrderStatus

KNOWN_NOW = "We had to ask the payment service what became of your payment, and now we know."
WAS_INTERRUPTED = "Your payment was interrupted, and your order still waits for you."
ASKED_FOR = "When you ordered, you asked us to write to you once if you don't get round to paying."
HELD = "Your order was received. The shop looks at it before the money is taken."
SET_FREE = "Your bank had set the sum aside for this order, and the shop has not taken it."
BEGINS = {
    EffectKind.OUTCOME: KNOWN_NOW,
    EffectKind.INTERRUPTED: WAS_INTERRUPTED,
    EffectKind.NOTHING_TAKEN: "",
    EffectKind.NEVER_TRIED: ASKED_FOR,
    EffectKind.HELD: HELD,
    EffectKind.RELEASED: SET_FREE,
}
# What nobody needs: it goes once, and not to who wants none.
REMINDERS = (EffectKind.INTERRUPTED, EffectKind.NEVER_TRIED)
NO_LINK = ""

OUT = "payments do not work just now, so there is nothing to go on with"
GOES_ON = "the payment goes on by itself in a moment"
WROTE_BEFORE = "an interruption of this payment was written about before"
NEWER_PAYMENT = "the order has a newer payment"
ORDERED_SINCE = "the shopper has ordered again since"


def compose(effect: Effect) -> Letter:
    """As the session stands on record now. Raises NotAnyMore, or Undelivered while it is about to change by itself."""
    session = session_with_order.find(effect.session_id)
    if overtaken := letters.overtaken(letters.Letter(effect.kind), effect.occasion, session.state, session.attempts):
        raise NotAnyMore(overtaken)
    if session.order_token and queries.latest_of_order(session.order_token) != session.id:
        raise NotAnyMore(NEWER_PAYMENT)
    has_ordered_since = _has_ordered_since(session)
    if effect.kind in REMINDERS:
        _refuse_reminder(effect, has_ordered_since)
    _wait_for_end(session)
    return about_payment.letter(
        session,
        "unpaid",
        [
            BEGINS[EffectKind(effect.kind)],
            copy.reason(session),
            copy.sentence(session, runtime().settings.time_zone),
            "" if has_ordered_since else copy.way_on(session, is_readers_own=True),
        ],
        is_needed=effect.kind not in REMINDERS,
        link=NO_LINK if has_ordered_since else _link(effect, session),
        link_words=_link_words(session),
        statement_url=_statement(session) if session.attempts and session.state in ENDED_UNPAID else NO_LINK,
    )


def _refuse_reminder(effect: Effect, has_ordered_since: bool) -> None:
    """Who is asked to go on is asked once, while payments work, and not about what they have ordered again.

    Raises NotAnyMore or Undelivered.
    """
    others = [each for each in effects.of_session(effect.session_id) if each.id != effect.id]
    if any(each.kind == effect.kind and each.made_at is not None for each in others):
        raise NotAnyMore(WROTE_BEFORE)
    if has_ordered_since:
        raise NotAnyMore(ORDERED_SINCE)
    if runtime().weather.is_out:
        raise Undelivered(OUT)


def _wait_for_end(session: SessionWithOrder) -> None:
    """It is tried again by itself, cancelled, or closed because its time is over: how that ends is known soon.

    Raises Undelivered.
    """
    if session.state in AT_REST and (session.retry_at or session.cancelling or session.expired(clock.now())):
        raise Undelivered(GOES_ON)


def _has_ordered_since(session: SessionWithOrder) -> bool:
    """Whether who ordered has another order after this one, which is paid or waits for that."""
    stands = Order.status.in_([OrderStatus.OPEN, OrderStatus.PAID])
    later = exists().where(Order.shopper == session.owner, Order.id > session.order_id, stands)
    return bool(db.session.scalar(select(later)))


def _link(effect: Effect, session: SessionWithOrder) -> str:
    return recovery_links.address(session.id, about_payment.base_url_of(session), effect.written_at)


def _statement(session: SessionWithOrder) -> str:
    """Where the shop states for a bank that nothing was charged."""
    return f"{about_payment.base_url_of(session)}/orders/{session.order_token}/statement"


def _link_words(session: SessionWithOrder) -> str:
    if session.state in AT_REST:
        return "See where it stands now, and pay if you still want to"
    if session.state is State.AUTHORIZED:
        return "See where it stands now"
    return "See where it stands now, and order again if you want to"
