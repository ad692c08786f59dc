"""The record's way of ending many sessions at once: those that ran out of time.

After a night without jobs there may be 100,000. They are ended in batches, each a short transaction of a few
statements, so that no shopper waits for it.
"""

import logging
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import audit_trail, letters, merchant_events
from smartcart.payments.core.locked_session import held
from smartcart.payments.core.models import IS_AT_REST, PaymentSession
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.payment_states import Move, State, next_state
from smartcart.shop import orders

log = logging.getLogger(__name__)


def expire_untried(limit: int) -> int:
    """Expire sessions that ran out of time before an attempt, at most `limit`; returns how many.

    Nothing of theirs ever left the house, so there is no gateway to be asked first.
    """
    columns = PaymentSession.id, PaymentSession.order_id, PaymentSession.order_reference, PaymentSession.merchant
    untried = _overdue(*columns).where(PaymentSession.state == State.CREATED)
    if _none(untried):
        return 0
    expired = next_state(State.CREATED, Move.EXPIRE)
    with writing():
        found = db.session.execute(_claim(untried, limit)).all()
        ids = [row.id for row in found]
        _change(ids, state=expired, ended_at=clock.now(), due_at=None, retry_at=None, looks=0, needs_person_at=None)
        audit_trail.add_moves(ids, State.CREATED, expired, Move.EXPIRE, "clock")
        of_merchants = held([row.id for row in found if row.merchant])
        merchant_events.add_of_each(of_merchants, MerchantEventType.PAYMENT_EXPIRED)
        orders.give_up([row.order_id for row in found if row.order_id is not None])
        letters.of_expired(ids)
    for row in found:
        log.info(audit_trail.MOVED, row.id, row.order_reference, State.CREATED, expired, Move.EXPIRE, "clock")
    return len(ids)


def wake_tried(limit: int) -> int:
    """Let sessions that ran out of time after an attempt come due, at most `limit`; returns how many.

    The reconciler closes each at the gateway before it expires.
    """
    tried = _overdue(PaymentSession.id).where(PaymentSession.attempts > 0, PaymentSession.due_at.is_(None))
    if _none(tried):
        return 0
    with writing():
        ids = db.session.scalars(_claim(tried, limit)).all()
        _change(ids, due_at=clock.now())  # which is news to open pages: nothing can be paid there any more
    return len(ids)


def _overdue(*columns: Any) -> Select[Any]:
    return select(*columns).where(IS_AT_REST, PaymentSession.expires_at <= clock.now())


def _none(found: Select[Any]) -> bool:
    """Whether there is nothing to do: the ordinary case, which costs one look into an index and no write.

    In the order of that index, or PostgreSQL may read the whole table: of many open sessions beside many that are past
    their time and ended, it expects some to be both, and the first of them to be found soon.
    """
    db.session.rollback()
    nothing = db.session.execute(found.order_by(PaymentSession.expires_at).limit(1)).first() is None
    db.session.rollback()
    return nothing


def _claim(found: Select[Any], limit: int) -> Select[Any]:
    """Oldest first, and past those that somebody else is at work on."""
    return found.order_by(PaymentSession.expires_at).limit(limit).with_for_update(skip_locked=True)


def _change(ids: Collection[str], **values: Any) -> None:
    """Change claimed sessions, whose versions go up."""
    changed = update(PaymentSession).where(PaymentSession.id.in_(ids))
    changed = changed.values(version=PaymentSession.version + 1, **values)
    db.session.execute(changed.execution_options(synchronize_session=False))
