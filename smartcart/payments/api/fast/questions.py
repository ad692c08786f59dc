"""What is asked of the database for programs, before Flask begins: who they are, and the sessions that they want.

Each is a question of its own, outside of any transaction: what it finds is on record at that moment.
"""

from sqlalchemy import Integer, Text, bindparam, cast, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from smartcart.database.statements import Prepared
from smartcart.database.types import UTCDateTime
from smartcart.payments.api.keys import HOLDS
from smartcart.payments.api.models import ApiKey
from smartcart.payments.api.shown import COLUMNS
from smartcart.payments.core.models import IS_OPEN, PaymentSession

_KEY = (ApiKey.id, ApiKey.is_admin)
_IS_PAST = PaymentSession.expires_at <= bindparam("now", type_=UTCDateTime)


class _AsJson(FunctionElement[str]):
    """A JSON array of some values. To read a row as one text takes half as long as to read its columns."""

    inherit_cache = True
    type = Text()


@compiles(_AsJson, "sqlite")
def _at_sqlite(array: _AsJson, compiler: SQLCompiler, **options: object) -> str:
    return f"json_array({compiler.process(array.clauses, **options)})"


@compiles(_AsJson, "postgresql")
def _at_postgresql(array: _AsJson, compiler: SQLCompiler, **options: object) -> str:
    return f"CAST(json_build_array({compiler.process(array.clauses, **options)}) AS TEXT)"


# A session: all its columns, as `shown.COLUMNS` has them, and whether its time is over.
_SESSION = (_AsJson(*(cast(each, Text) if each.key == "merchant_data" else each for each in COLUMNS)), _IS_PAST)

# Whose key is `given` and holds `now`: none, or one.
KEY = Prepared(select(*_KEY).where(HOLDS))
# A session, with whose key it is: the session may be another's. None where either is not there.
SESSION_AND_KEY = Prepared(
    select(*_SESSION, *_KEY).join(ApiKey, HOLDS).where(PaymentSession.id == bindparam("session_id"))
)
# As `queries.active` has them, the first so `many`, with their ids.
OPEN_SESSIONS = Prepared(
    select(PaymentSession.id, *_SESSION)
    .where(IS_OPEN)
    .order_by(PaymentSession.created_at, PaymentSession.id)
    .limit(bindparam("many", type_=Integer))
)
