"""Stripe's books: every charge of the account, read page by page, each page within a time of its own."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from smartcart.gateways.books import AUTHORIZED, Charge
from smartcart.gateways.stripe.amounts import as_ours
from smartcart.gateways.stripe.client import Access
from smartcart.gateways.stripe.outcomes import ATTEMPT, ORDER, SESSION, SHOP

# As many as Stripe gives at once.
PAGE = 100
# So long after it was made a refund may fail: https://docs.stripe.com/refunds#failed-refunds ("up to 30 days").
REFUNDS_MAY_FAIL_FOR = timedelta(days=30)
# Where the object of an event is found, by how its kind begins: https://docs.stripe.com/api/events/types says of each
# which object it has. The longer beginnings stand first.
FOUND_AT = (
    ("charge.dispute.", "disputes"),
    ("charge.refund.", "refunds"),
    ("charge.", "charges"),
    ("refund.", "refunds"),
    ("radar.early_fraud_warning.", "radar.early_fraud_warnings"),
)


def read_charges(access: Access, since: datetime | None) -> Iterator[Charge]:
    """Charges that succeeded, by session, of this account and so of other shops too. Raises GatewayError.

    With `since` those that were made, given back or disputed since then, and those of which a refund is not made or
    has failed. Stripe lists the newest first, and only by when a thing was made; so older charges are found by their
    refunds and disputes.
    """
    return _sorted(_line(charge, access.shop) for charge in _found(access, since) if _stands(charge))


def _stands(charge: Any) -> bool:
    """Whether it was charged, or is set aside still: what was released counts as given back, and nothing was taken."""
    return charge.status == "succeeded" and (charge.captured or not charge.refunded)


def _sorted(charges: Iterable[Charge]) -> Iterator[Charge]:
    """By session, and of one session the oldest first. Sorted on the disk: in memory a million take 1 GB.

    A database without a name is a file that is deleted when it is closed: https://sqlite.org/inmemorydb.html#temp_db
    """
    with closing(sqlite3.connect("")) as disk:
        disk.execute("create table line (session, charged_at, charge)")
        lines = ((charge.session, charge.charged_at.timestamp(), _as_text(charge)) for charge in charges)
        disk.executemany("insert into line values (?, ?, ?)", lines)
        for (text,) in disk.execute("select charge from line order by session, charged_at"):
            yield _from_text(text)


def _as_text(charge: Charge) -> str:
    return json.dumps(charge._asdict() | {"charged_at": charge.charged_at.timestamp()})


def _from_text(text: str) -> Charge:
    fields = json.loads(text)
    return Charge(**fields | {"charged_at": datetime.fromtimestamp(fields["charged_at"], UTC)})


def _found(access: Access, since: datetime | None) -> Iterator[Any]:
    """Each charge once."""
    found = set()
    for charge in _listed(access, "charges", _made_since(since)):
        found.add(charge.id)
        yield charge
    if since:
        for about in (*_telling_refunds(access, since), *_listed(access, "disputes", _made_since(since))):
            if about.charge and about.charge not in found:
                found.add(about.charge)
                yield _charge(access, about.charge)


def _telling_refunds(access: Access, since: datetime) -> Iterator[Any]:
    """The refunds since then, and older ones that are not what a refund becomes at once: made."""
    for refund in _listed(access, "refunds", _made_since(since - REFUNDS_MAY_FAIL_FOR)):
        if refund.created >= since.timestamp() or refund.status != "succeeded":
            yield refund


def _made_since(since: datetime | None) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp())}} if since else {}


def intent_behind(access: Access, kind: str, subject: str) -> str:
    """The intent that a charge, a refund, a dispute or a warning is of, by the kind of event that named it.

    Empty for anything else, and for what is of no intent. Raises GatewayError.
    """
    found_at = next((place for begin, place in FOUND_AT if kind.startswith(begin)), "")
    if not found_at:
        return ""
    with access.asked() as api:
        return str(attrgetter(found_at)(api).retrieve(subject).payment_intent or "")


def _listed(access: Access, kind: str, filters: dict[str, Any]) -> Iterator[Any]:
    wanted: dict[str, Any] = {"limit": PAGE, **filters}
    while True:
        with access.asked() as api:
            page = getattr(api, kind).list(wanted)
        yield from page.data
        if not page.has_more:
            return
        wanted["starting_after"] = page.data[-1].id


def _charge(access: Access, charge_id: str) -> Any:
    with access.asked() as api:
        return api.charges.retrieve(charge_id)


def _status(charge: Any) -> str:
    if not charge.captured:
        return AUTHORIZED
    return "refunded" if charge.refunded else "charged"


def _line(charge: Any, shop: str) -> Charge:
    """A charge as a line of the books. What is written on it was copied from its intent."""
    written = charge.metadata.to_dict() if charge.metadata else {}
    is_ours = written.get(SHOP) == shop
    return Charge(
        reference=charge.payment_intent or "",
        session=written.get(SESSION, "") if is_ours else "",
        attempt=int(written.get(ATTEMPT, 0)),
        amount=as_ours(charge.amount, charge.currency),
        currency=charge.currency.upper(),
        status=_status(charge),
        charged_at=datetime.fromtimestamp(charge.created, UTC),
        refunded=as_ours(charge.amount_refunded, charge.currency),
        disputed=bool(charge.disputed),
        order=written.get(ORDER, "") if is_ours else "",
    )
