"""What Stripe has paid out, line by line, each with the order that it is of."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from smartcart.admin.exports.files import Asked, File, in_own_unit
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.web.csv_files import Cell

if TYPE_CHECKING:
    from smartcart.gateways.stripe.payouts import PaidOut

# How long Stripe may take for a page of a hundred lines, in seconds.
PATIENCE = 20.0
NOT_WHOLE = "Stripe did not tell the rest ({}): this file is not whole."


def _rows(asked: Asked) -> Iterator[Sequence[Cell]]:
    """No transaction is open while Stripe is asked."""
    from smartcart.gateways.stripe import payouts  # with its library, which only such a shop needs
    from smartcart.gateways.stripe.account import NotTold
    from smartcart.gateways.stripe.client import Access

    with asked.app.app_context():
        settings = runtime().settings
    access = Access(settings.stripe_secret_key, settings.stripe_api_base, settings.stripe_shop, PATIENCE)
    try:
        for lines in payouts.paid_out(access, *asked.days):
            yield from _with_orders(lines, asked)
    except NotTold as reason:
        yield [NOT_WHOLE.format(reason.trouble)]


def _with_orders(lines: Sequence["PaidOut"], asked: Asked) -> Iterator[Sequence[Cell]]:
    columns = PaymentSession.reference, PaymentSession.order_reference, PaymentSession.id
    references = {line.reference for line in lines if line.reference}
    found = {row[0]: row[1:] for row in asked.read(select(*columns).where(queries.has_reference(references)))}
    for line in lines:
        order, session = found.get(line.reference, ("", ""))
        sums = [in_own_unit(each, line.currency) for each in (line.amount, line.fee, line.amount - line.fee)]
        of = order, session, line.reference
        yield [line.payout, line.arrives_on, line.kind, asked.local(line.at), *of, line.currency, *sums]


PAYOUTS = File(
    "Payouts by Stripe, line by line, by when they came to the bank",
    (
        *("Payout", "Arrived", "Kind", "Booked", "Order", "Payment", "Reference", "Currency"),
        *("Sum", "Fee", "Net"),
    ),
    _rows,
)
