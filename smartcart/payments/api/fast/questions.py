"""What is asked of the database for programs, before Flask begins: who they are, and the sessions that they want.

Each is a question of its own, outside of any transaction: what it finds is on record at that moment.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, bindparam, cast, select

from smartcart.database.statements import Prepared
from smartcart.database.types import UTCDateTime
from smartcart.payments.api.keys import HOLDS
from smartcart.payments.api.models import ApiKey
from smartcart.payments.api.shown import COLUMNS
from smartcart.payments.core.models import IS_OPEN, PaymentSession

_KEY = (ApiKey.id, ApiKey.is_admin)
_IS_PAST = PaymentSession.expires_at <= bindparam("now", type_=UTCDateTime)
# The columns of a session, and whether its time is over. Text is text also where the driver would make a dictionary of
# it: rows are told from one another by their values.
_SESSION: list[ColumnElement[Any]] = [
    *(cast(each, Text) if each.key == "merchant_data" else each for each in COLUMNS),
    _IS_PAST,
]

# Whose key is `given` and holds `now`: none, or one.
KEY = Prepared(select(*_KEY).where(HOLDS))
# A session, with whose key it is: the session may be another's. None where either is not there.
SESSION_AND_KEY = Prepared(
    select(*_SESSION, *_KEY).join(ApiKey, HOLDS).where(PaymentSession.id == bindparam("session_id"))
)
# As `queries.active` has them, the first so `many`.
OPEN_SESSIONS = Prepared(
    select(*_SESSION)
    .where(IS_OPEN)
    .order_by(PaymentSession.created_at, PaymentSession.id)
    .limit(bindparam("many", type_=Integer))
)
