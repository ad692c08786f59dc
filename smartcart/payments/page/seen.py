"""Who has seen on the page how a payment stands need not be written that."""

from contextlib import suppress
from functools import partial

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind
from smartcart.payments.core.gateway_pool import GatewayPool
from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.letters import TOLD_UNSEEN

SEEN = "it was seen on the page"
FOR_WHO_HAS_NOT = (EffectKind.OUTCOME, EffectKind.INTERRUPTED, EffectKind.NOTHING_TAKEN, EffectKind.RELEASED)


def note(session: Snapshot, pool: GatewayPool, engine: Engine) -> None:
    """A page shows a session as it is now: what was put off until nobody had seen that is not sent any more.

    Nobody waits for this. It is written down where a thread is free, and only for the first to look: a page that is
    shown while none is, or while the database is away, costs a letter too many, which is true all the same.
    """
    if session.attempts and not session.merchant and session.state in TOLD_UNSEEN:
        with suppress(SQLAlchemyError):
            if effects.is_any_put_off(session.id, engine):  # a thread takes twice as long as a poll to find that out
                pool.run(partial(effects.withdraw, session.id, FOR_WHO_HAS_NOT, SEEN))
