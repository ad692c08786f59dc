"""A look at one session, without an app at work and outside of any transaction: it is on record at that moment."""

from sqlalchemy import bindparam, case, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.looks import looks_of
from smartcart.database.statements import Prepared
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.page.snapshot import COLUMNS, Snapshot
from smartcart.shop.models import Order

# Whoever has seen this version has seen the order: among a million a look at that, too, takes half as long again.
_ORDER = case((PaymentSession.version != bindparam("seen"), PaymentSession.order_id))
_SESSION = Prepared(
    select(*(PaymentSession.__table__.c[name] for name in COLUMNS), Order.__table__.c.token, Order.__table__.c.email)
    .select_from(PaymentSession)
    .outerjoin(Order, Order.id == _ORDER)
    .where(PaymentSession.id == bindparam("id"))
)


class Glance:
    """Looks at sessions, from any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self._looks = looks_of(engine)

    def at(self, session_id: str, seen: int = -1) -> Snapshot | None:
        """The session as it is on record now; None if there is none, or the database does not answer.

        Where its version is the one that was `seen`, nothing is said of its order.
        """
        try:
            rows = _SESSION.seen_by(self._looks, seen=seen, id=session_id)
        except SQLAlchemyError:
            return None
        return Snapshot(*rows[0]) if rows else None
