"""Notes on an order, for the shop's own people: nobody else is shown them."""

from collections.abc import Sequence

from sqlalchemy import select

from smartcart import clock
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.shop.note_model import OrderNote


def add(order_id: int, actor: str, text: str) -> bool:
    """Write it down. False when it is the last that was written down, to the letter: a press that came twice."""
    with writing():
        queue_for("notes of order", str(order_id))
        last = select(OrderNote).where(OrderNote.order_id == order_id).order_by(OrderNote.id.desc()).limit(1)
        before = db.session.scalar(last)
        is_new = before is None or (before.actor, before.text) != (actor, text)
        if is_new:
            db.session.add(OrderNote(order_id=order_id, at=clock.now(), actor=actor, text=text))
    return is_new


def of_order(order_id: int) -> Sequence[OrderNote]:
    """All of one, oldest first."""
    return db.session.scalars(select(OrderNote).where(OrderNote.order_id == order_id).order_by(OrderNote.id)).all()
