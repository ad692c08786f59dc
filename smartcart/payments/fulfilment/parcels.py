"""Goods are packed and sent while there is money for them, which is decided while the session is held: between a
refund and a parcel one comes first, and the other sees it.
"""

import logging

from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, Receiver
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.refusals import NothingToSend, SentAlready
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from smartcart.shop import deliveries
from smartcart.shop.delivery_models import Stage

log = logging.getLogger(__name__)


def pack(session_id: str) -> None:
    """The goods of a paid order are packed. Raises NothingToSend, SentAlready or NotFound."""
    with lock(session_id) as session:
        _move(session, Stage.WAITING, Stage.PACKED)


def send(session_id: str, carrier: str, tracking_url: str) -> None:
    """They are on their way, and the shopper is written to. Raises NothingToSend, SentAlready or NotFound."""
    with lock(session_id) as session:
        _tell(session, _move(session, Stage.PACKED, Stage.SENT, carrier, tracking_url))


def correct(session_id: str, carrier: str, tracking_url: str) -> None:
    """How they can be followed was said wrong: the shopper is written to once more, if anything else is said now.

    Raises SentAlready or NotFound.
    """
    with lock(session_id) as session:
        _tell(session, _step(session, Stage.SENT, Stage.SENT, carrier, tracking_url))


def _move(session: LockedSession, before: Stage, after: Stage, carrier: str = "", tracking_url: str = "") -> int:
    if session.state is not State.COMPLETED or not transitions.left_of(session):
        raise NothingToSend(session.money)
    return _step(session, before, after, carrier, tracking_url)


def _step(session: LockedSession, before: Stage, after: Stage, carrier: str, tracking_url: str) -> int:
    step_id = deliveries.move(session.order_id or 0, before, after, carrier, tracking_url)
    if step_id is None:
        raise SentAlready(session.money)
    log.info("order %s, which was %s, is %s now, by admin", session.order_reference, before, after)
    return step_id


def _tell(session: LockedSession, step_id: int) -> None:
    """Once of each step."""
    effects.write(EffectKind.SENT, session.id, Receiver.MAIL, str(step_id))
