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
# As text also where the driver would make a dictionary of it: rows are told from one another by their values.
_AS_TEXT: list[ColumnElement[Any]] = [cast(each, Text) if each.key == "merchant_data" else each for each in COLUMNS]
_IS_PAST = PaymentSession.expires_at <= bindparam("now", type_=UTCDateTime)

# Whose key is `given` and holds `now`: none, or one.
KEY = Prepared(select(*_KEY).where(HOLDS))
# The same with a session, and whose it is does not matter; none where either is not there.
KEY_AND_SESSION = Prepared(
    select(*_KEY, *COLUMNS).join(PaymentSession, PaymentSession.id == bindparam("session_id")).where(HOLDS)
)
# As `queries.active` has them, the first so `many`, each with whether its time is over.
OPEN_SESSIONS = Prepared(
    select(*_AS_TEXT, _IS_PAST)
    .where(IS_OPEN)
    .order_by(PaymentSession.created_at, PaymentSession.id)
    .limit(bindparam("many", type_=Integer))
)
