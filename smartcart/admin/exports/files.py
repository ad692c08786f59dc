"""What stands in each file: a row an order, a payment, a refund, or an order's sum at one rate of tax.

They are read batch by batch, and no transaction is open while a batch is on its way: whoever fetches may be slow.
Sums are in the currency's own unit, moments as the shop's clocks show them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import Row, Select, select, tuple_

from smartcart.database.session import db
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.rules import tax
from smartcart.rules.money import digits
from smartcart.rules.outcomes import OutcomeKind
from smartcart.shop.delivery_models import Delivery
from smartcart.shop.models import Order, OrderLine
from smartcart.web.csv_files import Cell

BATCH = 500
MOMENT = timedelta(microseconds=1)


class Asked(NamedTuple):
    """From the one moment on, to before the other, of the shop `app`, whose clocks are in `zone`."""

    begins_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    app: Flask

    def read(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """In a context of its own: the request may be over for Flask while its answer is still on its way."""
        with self.app.app_context():
            return db.session.execute(query).all()

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last, as the shop's clocks have them."""
        return self.begins_at.astimezone(self.zone).date(), (self.ends_at - MOMENT).astimezone(self.zone).date()

    def local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(self.zone) if moment else None


class Line(NamedTuple):
    """What of an order's line its tax follows from (`tax.Taxed`)."""

    total: int
    tax_rate: int


class File(NamedTuple):
    """`about` says of which rows it is."""

    about: str
    header: Sequence[str]
    rows: Callable[[Asked], Iterator[Sequence[Cell]]]


def _orders(asked: Asked) -> Iterator[Sequence[Cell]]:
    for order in _one_by_one(_ORDERS, (Order.placed_at, Order.id), asked):
        sums = [in_own_unit(each, order.currency) for each in (order.amount, order.shipping, order.refunded)]
        who = order.name, order.email, order.country
        yield [
            order.number,
            asked.local(order.placed_at),
            asked.local(order.paid_at),
            order.status,
            *who,
            order.currency,
            *sums,
        ]


def _taxes(asked: Asked) -> Iterator[Sequence[Cell]]:
    for batch in _batches(_ORDERS, (Order.placed_at, Order.id), asked):
        lines = _lines_of([order.id for order in batch], asked)
        for order in batch:
            for rate, gross, of_it in _by_rate(lines[order.id], order):
                sums = [in_own_unit(each, order.currency) for each in (gross, of_it, gross - of_it)]
                percent = Decimal(rate) / 100
                yield [order.number, asked.local(order.paid_at), order.status, order.currency, percent, *sums]


def _by_rate(lines: Collection[Line], order: Row[Any]) -> list[tuple[int, int, int]]:
    """Basis points, what was charged at that rate, and the tax in it; what is left of the sum has no tax."""
    taxed = [(each.rate, each.gross, each.tax) for each in tax.included(lines, order.shipping)]
    untaxed = order.amount - sum(gross for _, gross, _ in taxed)
    return [*taxed, (0, untaxed, 0)] if untaxed else taxed


def _payments(asked: Asked) -> Iterator[Sequence[Cell]]:
    for each in _one_by_one(_PAYMENTS, (PaymentSession.created_at, PaymentSession.id), asked):
        sums = [in_own_unit(minor, each.currency) for minor in (each.amount, each.refunded)]
        moments = asked.local(each.created_at), asked.local(each.paid_at)
        where = each.gateway, each.account, each.reference or ""
        yield [each.id, each.order_reference, *moments, each.state, each.currency, *sums, each.method, *where]


def _refunds(asked: Asked) -> Iterator[Sequence[Cell]]:
    for each in _one_by_one(_REFUNDS, (Refund.made_at, Refund.id), asked):
        came_back = asked.local(each.settled_at) if each.state is RefundState.FAILED else None
        of = each.order_reference or "", each.session_id or "", each.charge or each.reference
        sums = each.currency, in_own_unit(each.amount, each.currency)
        yield [each.id, *of, asked.local(each.made_at), came_back, *sums, each.origin, each.reason]


_ORDERS = select(
    Order.placed_at,
    Order.id,
    Order.number,
    Order.paid_at,
    Order.status,
    Order.name,
    Order.email,
    Delivery.country,
    Order.currency,
    Order.amount,
    Order.shipping,
    Order.refunded,
).outerjoin(Delivery, Delivery.order_id == Order.id)
_PAID_AT = (
    select(Attempt.settled_at)
    .where(Attempt.session_id == PaymentSession.id, Attempt.outcome == OutcomeKind.APPROVED)
    .order_by(Attempt.number)
    .limit(1)
    .scalar_subquery()
)
_PAYMENTS = select(
    PaymentSession.created_at,
    PaymentSession.id,
    PaymentSession.order_reference,
    _PAID_AT.label("paid_at"),
    PaymentSession.state,
    PaymentSession.currency,
    PaymentSession.amount,
    PaymentSession.refunded,
    PaymentSession.method,
    PaymentSession.gateway,
    PaymentSession.account,
    PaymentSession.reference,
)
_REFUNDS = select(
    Refund.made_at,
    Refund.id,
    Refund.session_id,
    PaymentSession.order_reference,
    PaymentSession.reference.label("charge"),
    Refund.reference,
    Refund.settled_at,
    Refund.state,
    Refund.currency,
    Refund.amount,
    Refund.origin,
    Refund.reason,
).outerjoin(PaymentSession, PaymentSession.id == Refund.session_id)

FILES = {
    "orders": File(
        "Orders, by when they were placed",
        ("Order", "Placed", "Paid", "Status", "Name", "E-mail", "Country", "Currency", "Sum", "Delivery", "Given back"),
        _orders,
    ),
    "taxes": File(
        "Tax in orders, a row for each rate, by when they were placed",
        ("Order", "Paid", "Status", "Currency", "Rate in per cent", "Gross", "Tax", "Net"),
        _taxes,
    ),
    "payments": File(
        "Payments, by when they were opened",
        (
            *("Payment", "Order", "Opened", "Paid", "State", "Currency", "Sum", "Given back", "Method"),
            *("Gateway", "Account", "Reference"),
        ),
        _payments,
    ),
    "refunds": File(
        "Money given back, by when it was",
        (
            *("Refund", "Order", "Payment", "Reference", "Given back", "Came back", "Currency", "Sum"),
            *("By", "Reason"),
        ),
        _refunds,
    ),
}


def _one_by_one(query: Select[*tuple[Any, ...]], key: Sequence[Any], asked: Asked) -> Iterator[Row[*tuple[Any, ...]]]:
    for batch in _batches(query, key, asked):
        yield from batch


def _batches(
    query: Select[*tuple[Any, ...]], key: Sequence[Any], asked: Asked
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The rows, sorted by `key`: the moment that they are asked for by, and an id; both stand first in each row."""
    of_span = query.where(key[0] >= asked.begins_at, key[0] < asked.ends_at).order_by(*key).limit(BATCH)
    rows = asked.read(of_span)
    while rows:
        yield rows
        rows = asked.read(of_span.where(tuple_(*key) > tuple(rows[-1][:2]))) if len(rows) == BATCH else []


def _lines_of(order_ids: Collection[int], asked: Asked) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    columns = OrderLine.order_id, OrderLine.price * OrderLine.quantity, OrderLine.tax_rate
    for order_id, total, rate in asked.read(select(*columns).where(OrderLine.order_id.in_(order_ids))):
        found[order_id].append(Line(total, rate))
    return found


def in_own_unit(minor: int, currency: str) -> Decimal:
    """Minor units as people write them."""
    return Decimal(minor).scaleb(-digits(currency))
