"""Notes on an order, for the shop's own people: nobody else is shown them."""

from collections.abc import Sequence

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.shop.note_model import OrderNote


def add(order_id: int, actor: str, text: str) -> None:
    with writing():
        db.session.add(OrderNote(order_id=order_id, at=clock.now(), actor=actor, text=text))


def of_order(order_id: int) -> Sequence[OrderNote]:
    """All of one, oldest first."""
    return db.session.scalars(select(OrderNote).where(OrderNote.order_id == order_id).order_by(OrderNote.id)).all()
