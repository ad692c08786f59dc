"""One shopper who came with several ids, as racing answers leave them: what belongs to any belongs to the first."""

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from smartcart import clock
from smartcart.database import faults
from smartcart.database.session import Base, db, writing
from smartcart.payments.core.models import IS_OF_SHOP, PaymentSession
from smartcart.payments.core.saved_card_model import CardHolder
from smartcart.shop import cart
from smartcart.shop.models import CartLine, Order
from smartcart.web.shopper import current_shopper, other_ids


def init_app(app: Flask) -> None:
    """Let every request of such a shopper be one of the first id's. To be called before any room looks at an id."""
    app.before_request(_join_those_here)


def join(others: Sequence[str], shopper: str) -> None:
    """What belongs to `others` belongs to `shopper` from now on; a look, and no more, where there is nothing."""
    if not _have_something(others):
        return
    with writing():
        # A merchant's session has an owner by the merchant's own name, which may be anything.
        _give(PaymentSession, and_(PaymentSession.owner.in_(others), IS_OF_SHOP), owner=shopper)
        _give(Order, Order.shopper.in_(others), shopper=shopper)
        cart.pour_into(shopper, others)
        _share_cards(others, shopper)


def _join_those_here() -> None:
    try:
        if others := other_ids():
            join(others, current_shopper())
    except SQLAlchemyError as error:  # where nothing can be written, what there is to read is read all the same
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)


def _have_something(others: Sequence[str]) -> bool:
    owned = [exists().where(column.in_(others)) for column in (CartLine.shopper, Order.shopper, CardHolder.shopper)]
    return bool(db.session.scalar(select(or_(*owned))))


def _give(table: type[Base], which: ColumnElement[bool], **to: str) -> None:
    db.session.execute(update(table).where(which).values(**to).execution_options(synchronize_session=False))


def _share_cards(others: Sequence[str], shopper: str) -> None:
    """As if each had been linked to by the other (saved_cards.sharing): who keeps a card of their own still does."""
    theirs = select(CardHolder).where(CardHolder.shopper.in_(others)).with_for_update()
    for holder in db.session.scalars(theirs).all():
        db.session.merge(
            CardHolder(
                shopper=shopper,
                gateway=holder.gateway,
                customer=holder.customer,
                linked_at=holder.linked_at or clock.now(),
            )
        )
        db.session.delete(holder)
