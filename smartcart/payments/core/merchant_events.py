"""Events for merchants' own systems: a row for each, in the transaction in which it happens.

So there is none of what was rolled back, and none is missing. `merchant_feed` numbers them once they are on record.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, insert

from smartcart import clock
from smartcart.database.session import execute
from smartcart.database.statements import Prepared
from smartcart.ids import new_id
from smartcart.payments.core import session_json
from smartcart.payments.core.merchant_event_model import UnnumberedEvent
from smartcart.payments.core.runtime import runtime
from smartcart.rules.merchant_events import MerchantEventType

if TYPE_CHECKING:
    from smartcart.payments.core.locked_session import LockedSession  # which has them written as its transaction ends

# Past the unit of work, as lines of the audit trail are.
_ADD = insert(cast(Table, UnnumberedEvent.__table__)).inline()
_ADD_ONE = Prepared(_ADD)


def note(session: "LockedSession", happened: MerchantEventType | None) -> None:
    """What happened, if anything, is to be told to the merchant, if any, with the session as it is in the end."""
    if happened and session.merchant:
        session.to_tell.append(happened)


def add_noted(session: "LockedSession") -> None:
    """Add what was noted of a session, which is now as it will be on record."""
    for happened in session.to_tell:
        add(session, happened)


def add(session: "LockedSession", happened: MerchantEventType) -> None:
    """Add an event of a session of a merchant, which is as it will be on record."""
    _ADD_ONE.change_along(**_row(session, happened))


def add_of_each(sessions: Sequence["LockedSession"], happened: MerchantEventType) -> None:
    """Add the same event of each of many sessions of merchants, in one statement."""
    if sessions:
        execute(_ADD, [_row(session, happened) for session in sessions])


def _row(session: "LockedSession", happened: MerchantEventType) -> dict[str, Any]:
    now = clock.now()
    return {
        "event_id": f"evt_{new_id()}",
        "merchant": session.merchant,
        "type": happened,
        "created_at": now,
        "session": session_json.of_session(session, now, runtime().gateway),
    }
