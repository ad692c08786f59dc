"""The letters about a refund: asked for, made, failed. They lead to the page on which it can be followed."""

from smartcart.database.session import db
from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.money.format import format_money
from smartcart.outbox.models import Effect, EffectKind
from smartcart.outbox.worker import NotAnyMore
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, refund_copy, session_with_order
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.rules.payment_states import State

# Where the refund stands of which each says something that is so.
IS_SO = {
    EffectKind.REFUND_REQUESTED: {RefundState.REQUESTED},
    EffectKind.REFUND_MADE: {RefundState.MADE},
    EffectKind.REFUND_FAILED: {RefundState.REFUSED, RefundState.FAILED},
}
OVERTAKEN = "the refund has come further, and another letter tells how far"
ALL_RETURNED = "all of the money has been given back by other refunds"
NO_REFUND = "there is no such refund"

ALL = "All of it was given back."
PART = "Your order stays paid: {returned} of {price} was given back so far."


def compose(effect: Effect) -> Letter:
    """As the refund stands on record now. Raises NotAnyMore where that is told by another letter."""
    refund = _find(effect.occasion)
    session = session_with_order.find(effect.session_id)  # afterwards, so that what was made is in its sums
    if refund.state not in IS_SO[EffectKind(effect.kind)]:
        raise NotAnyMore(OVERTAKEN)
    if session.state is State.REFUNDED and refund.state is not RefundState.MADE:
        raise NotAnyMore(ALL_RETURNED)
    shown = refund_copy.shown(refund, runtime().settings.time_zone)
    return about_payment.letter(
        session,
        "refund",
        [shown.sentence, _all_in_all(session) if refund.state is RefundState.MADE else ""],
        shown.heading,
        number=shown.number,
        number_name=shown.number_name,
        about_number=shown.about_number,
        refunds_url=f"{about_payment.base_url_of(session)}/orders/{session.order_token}/refunds",
    )


def _find(refund_id: str) -> Refund:
    """As it is on record now. Raises NotAnyMore."""
    db.session.rollback()
    refund = db.session.get(Refund, refund_id, populate_existing=True)
    if refund is None:
        raise NotAnyMore(NO_REFUND)
    db.session.expunge(refund)  # its values stay as they were read
    return refund


def _all_in_all(session: SessionWithOrder) -> str:
    """Where the money of the whole payment is once a part of it, or all, was given back."""
    if session.state is State.REFUNDED:
        return ALL
    if session.returning:
        return f"{copy.heading(session)}."
    returned, price = (format_money(sum_, session.currency) for sum_ in (session.refunded, session.amount))
    return PART.format(returned=returned, price=price)
