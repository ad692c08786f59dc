"""Whether a session may be tried or extended now. The record asks inside its transaction, so the answer holds."""

from datetime import datetime

from smartcart.payments.core import effects, gateway_accounts
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.refusals import (
    AlreadyPaid,
    AttemptsUsedUp,
    BegunElsewhere,
    Cancelling,
    Closed,
    Expired,
    InProgress,
    NoMoreExtensions,
    OutcomeUnknown,
)
from smartcart.rules.patience import MAX_EXTENSIONS
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, State
from smartcart.shop import orders
from smartcart.shop.models import OrderStatus


def refuse_attempt(session: LockedSession, now: datetime) -> None:
    """Raises Refused unless an attempt may begin now."""
    if session.expired(now):
        raise Expired(session.money)
    if session.state is State.CHECKING:
        raise OutcomeUnknown(session.money)
    if session.state in IN_FLIGHT | {State.AUTHORIZED}:
        raise InProgress(session.money)
    if session.state in AT_REST | {State.FAILED} and session.attempts_left <= 0:
        raise AttemptsUsedUp(session.money)
    if session.state not in AT_REST:
        raise Closed(session.money)
    if session.cancelling:
        raise Cancelling(session.money)
    if session.attempts and not gateway_accounts.is_here(session.gateway, session.account):
        raise BegunElsewhere(session.money)
    _refuse_for_order(session)


def _refuse_for_order(session: LockedSession) -> None:
    """An earlier session of the same order may have been paid late. Nobody can pay it now, while this is decided."""
    if session.order_id is None:
        if effects.paid_before(session):
            raise AlreadyPaid(session.money)
    elif (status := orders.lock_status(session.order_id)) is not OrderStatus.OPEN:
        raise AlreadyPaid(session.money) if status is OrderStatus.PAID else Closed(session.money)


def refuse_extension(session: LockedSession, now: datetime) -> None:
    """Raises Refused unless the time may be extended now."""
    if session.expired(now):
        raise Expired(session.money)
    if session.state not in AT_REST | {State.ACTION_REQUIRED} or session.cancelling:
        is_under_way = session.state in IN_FLIGHT | {State.AUTHORIZED}
        raise InProgress(session.money) if is_under_way else Closed(session.money)
    if session.extensions >= MAX_EXTENSIONS:
        raise NoMoreExtensions(session.money)
