"""Orders that look doubled: paid twice within a day for just the same things, by one shopper or for one e-mail address.

At checkout and on the payment page that is asked about first (`core.second_orders`). What slips through, as from two
devices at the same moment, or by a link, is noted for a person. Merchants' own orders are theirs to tell apart.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, select
from sqlalchemy.orm import aliased

from smartcart.database.session import db, writing
from smartcart.payments.core import findings
from smartcart.payments.core.finding_model import IS_OPEN, Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.own_payments import WAY_BACK
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import Order, OrderLine

DETAIL = "for the same things as order {}, which was paid before"
NO_MORE = "it does not look doubled any more"

EARLIER, LATER = aliased(PaymentSession), aliased(PaymentSession)
EARLIER_ORDER, LATER_ORDER = aliased(Order), aliased(Order)
EARLIER_LINE, LATER_LINE = aliased(OrderLine), aliased(OrderLine)


class Pair(NamedTuple):
    """Two payments for the same; `ended_at` and `amount` are the later's."""

    session: str
    amount: int
    currency: str
    ended_at: datetime
    earlier_order: str
    earlier_ended_at: datetime


def note(since: datetime) -> None:
    """Note the later of each two that look doubled, of those paid since then; what does not any more is settled."""
    found = {pair.session: pair for pair in _pairs(LATER.ended_at > since)}
    noted = select(Finding.session).where(Finding.verdict == Verdict.DOUBLED, IS_OPEN)
    open_ones = set(db.session.scalars(noted).all())
    gone = open_ones - {pair.session for pair in _pairs(LATER.id.in_(open_ones))}
    db.session.rollback()
    if not found and not gone:
        return  # as nearly always, and without a write
    with writing():
        for pair in found.values():
            detail = DETAIL.format(pair.earlier_order)
            findings.add(Verdict.DOUBLED, pair.session, "", pair.amount, pair.currency, detail)
        for session in gone:
            findings.settle_of(Verdict.DOUBLED, session, findings.BOOKS, NO_MORE)


def _pairs(which: ColumnElement[bool]) -> Sequence[Pair]:
    """Of such later ones: with the earliest of the day before."""
    db.session.rollback()
    found = [Pair(*row) for query in (_by_shopper(), _by_address()) for row in db.session.execute(query.where(which))]
    pairs = sorted(found, key=lambda pair: pair.earlier_ended_at, reverse=True)
    return [pair for pair in pairs if pair.ended_at - pair.earlier_ended_at < WAY_BACK]


def _by_shopper() -> Select[Any]:
    is_of_shop = EARLIER.merchant == literal("", literal_execute=True)  # as the partial index by owner says it
    return _doubled().join(EARLIER, and_(EARLIER.owner == LATER.owner, is_of_shop)).where(_is_slip())


def _by_address() -> Select[Any]:
    same_address = func.lower(EARLIER_ORDER.email) == func.lower(LATER_ORDER.email)
    return (
        _doubled()
        .join(EARLIER_ORDER, same_address)
        .join(EARLIER, EARLIER.order_id == EARLIER_ORDER.id)
        .where(_is_slip())
    )


def _doubled() -> Select[Any]:
    of_later: list[Any] = [LATER.id, LATER.amount, LATER.currency, LATER.ended_at]
    columns = [*of_later, EARLIER.order_reference, EARLIER.ended_at]
    return select(*columns).select_from(LATER).join(LATER_ORDER, LATER_ORDER.id == LATER.order_id)


def _is_slip() -> ColumnElement[bool]:
    """Both are paid for good, nothing of either was given back, and nobody has said that the later one is meant."""
    paid = [
        condition
        for each in (EARLIER, LATER)
        for condition in (each.state == State.COMPLETED, each.refund_due.is_(False), each.refunded == 0)
    ]
    in_order = and_(EARLIER.order_id != LATER.order_id, EARLIER.ended_at <= LATER.ended_at)
    return and_(*paid, in_order, LATER_ORDER.second_meant_at.is_(None), _have_the_same_lines())


def _have_the_same_lines() -> ColumnElement[bool]:
    earlier, later = EARLIER_LINE.order_id == EARLIER.order_id, LATER_LINE.order_id == LATER.order_id
    alike = _lines(
        earlier,
        later,
        EARLIER_LINE.product_id == LATER_LINE.product_id,
        EARLIER_LINE.quantity == LATER_LINE.quantity,
    )
    return and_(alike == _lines(earlier), alike == _lines(later))


def _lines(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*where).correlate(EARLIER, LATER).scalar_subquery()
