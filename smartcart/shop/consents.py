"""Who may be written to about an order that they never tried to pay: who ticked the box for it, and nobody else.

Such a letter is no part of an order, so it needs a consent that was given by an act (Directive 2002/58/EC, article 13;
a box that is ticked already is none: Regulation (EU) 2016/679, recital 32), and that can be shown (its article 7).
"""

from typing import cast

from sqlalchemy import ColumnElement, SQLColumnExpression, Table, insert, select

from smartcart import clock
from smartcart.database.statements import Prepared
from smartcart.shop.models import LetterConsent

# What is asked at checkout, and is kept with the answer.
WORDING = "Write to me once if I don't get round to paying, with a link back to this order."
CHECKOUT = "checkout"

ADD = Prepared(insert(cast(Table, LetterConsent.__table__)))


def give(order_id: int) -> None:
    """The box at checkout was ticked for an order, which is written in the same transaction."""
    ADD.change(order_id=order_id, wording=WORDING, given_at=clock.now(), source=CHECKOUT)


def is_given_for(order_id: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """Of rows with the id of an order: those of which it may be written."""
    return order_id.in_(select(LetterConsent.order_id))
