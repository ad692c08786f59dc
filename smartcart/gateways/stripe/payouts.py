"""What Stripe has paid out to the shop's bank, and what each payout is made of.

https://docs.stripe.com/reports/payout-reconciliation, and https://docs.stripe.com/api/balance_transactions/list on
`payout`: "For automatic Stripe payouts only, only returns transactions that were paid out on the specified payout ID."
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from smartcart.gateways.stripe.account import told
from smartcart.gateways.stripe.amounts import as_ours
from smartcart.gateways.stripe.client import Access

# As many as Stripe tells at once.
PAGE = 100
# Stands among a payout's own transactions with what they come to, taken off the balance.
ITSELF = "payout"


class PaidOut(NamedTuple):
    """A line of a payout, which came to the bank at `arrives_on`; sums in our minor units, of which `fee` is taken off.

    `kind` is Stripe's word; `reference` is of the payment that it is about, empty where it is about none. Of a payout
    that somebody made by hand nothing but the whole is told: then `kind` is `payout`.
    """

    payout: str
    arrives_on: date
    kind: str
    at: datetime
    reference: str
    amount: int
    fee: int
    currency: str


def paid_out(access: Access, first: date, last: date) -> Iterator[list[PaidOut]]:
    """What arrived from the one day to the other, the latest payout first, up to a page at a time. Raises NotTold."""
    arrived = {"gte": _midnight(first), "lt": _midnight(last + timedelta(days=1))}
    for payouts in _pages(access, access.api.payouts, {"status": "paid", "arrival_date": arrived}):
        for payout in payouts:
            yield from _lines(access, payout)


def _lines(access: Access, payout: Any) -> Iterator[list[PaidOut]]:
    if not payout.automatic:
        yield [_line(payout, payout, ITSELF, 0)]
        return
    wanted = {"payout": payout.id, "expand": ["data.source"]}
    for page in _pages(access, access.api.balance_transactions, wanted):
        yield [_line(payout, each, each.type, each.fee) for each in page if each.type != ITSELF]


def _line(payout: Any, booked: Any, kind: str, fee: int) -> PaidOut:
    source = getattr(booked, "source", None)
    return PaidOut(
        payout.id,
        datetime.fromtimestamp(payout.arrival_date, UTC).date(),
        kind,
        datetime.fromtimestamp(booked.created, UTC),
        str(getattr(source, "payment_intent", None) or ""),
        as_ours(booked.amount, booked.currency),
        as_ours(fee, booked.currency),
        booked.currency.upper(),
    )


def _pages(access: Access, kind: Any, wanted: dict[str, Any]) -> Iterator[list[Any]]:
    after: dict[str, str] = {}
    while True:
        with told(access):
            found = kind.list({**wanted, **after, "limit": PAGE})
        if found.data:
            yield found.data
        if not found.has_more:
            return
        after = {"starting_after": found.data[-1].id}


def _midnight(day: date) -> int:
    """Stripe tells a day of arrival by its midnight in UTC."""
    return int(datetime.combine(day, time.min, UTC).timestamp())
