"""What belongs to the gateway, and to the account there, that the shop works with now; and what belongs elsewhere.

A session, a refund, a saved card and a finding belong to the account in whose books they are. To every other account
they are unknown, and its "no such reference" says nothing of them. What is on record from before accounts were belongs
to none until its reference was found.
"""

from collections.abc import Callable, Iterator, Sequence

from flask import current_app
from sqlalchemy import ColumnElement, and_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute

from smartcart.database.session import db
from smartcart.gateways.protocol import Gateway, GatewayError
from smartcart.payments.core import queries
from smartcart.payments.core.models import IS_OPEN, PaymentSession
from smartcart.payments.core.queries import Standing
from smartcart.payments.core.runtime import runtime
from smartcart.rules.payment_states import OPEN


def account_here() -> str:
    """What to write on what is begun now; empty as long as nobody knows."""
    return runtime().gateway.account


def learn() -> int:
    """Ask whose books these are; returns how often that was done. What is not told now may be told later.

    Until then what belongs to an account is asked about all the same: only what is found counts.
    """
    gateway = runtime().gateway
    if gateway.account:
        return 0
    try:
        gateway.learn_account()
    except GatewayError as error:
        current_app.logger.info("the gateway does not tell whose account this is: %s", error)
    return 1


def may_be_here(gateway: Gateway, name: str, account: str) -> bool:
    """Whether what belongs to an account, at a gateway of that name, may be in the books of this one."""
    return gateway.name == name and (not account or not gateway.account or account == gateway.account)


def is_here(name: str, account: str) -> bool:
    """The same of the gateway that the shop works with."""
    return may_be_here(runtime().gateway, name, account)


def of_here(account: InstrumentedAttribute[str], name: InstrumentedAttribute[str] | None = None) -> ColumnElement[bool]:
    """The same of the rows of a table, by their column with the account, and that with the gateway's name if any."""
    ours = runtime().gateway
    in_these_books = account.in_(("", ours.account)) if ours.account else true()
    return in_these_books if name is None else and_(in_these_books, name == ours.name)


def follow_at_gateway(session_id: str, follow: Callable[[Standing], None]) -> bool:
    """Take up what the gateway says of a session that was tried; False when it could not be asked.

    Raises refusals.NotFound.
    """
    known = queries.standing(session_id)
    if known.never_left:
        return True
    if not is_here(known.gateway, known.account):
        return False
    try:
        follow(known)
    except GatewayError:
        return False
    return True


def tried_elsewhere(limit: int | None = None) -> Sequence[PaymentSession]:
    """The open sessions that were tried elsewhere, the oldest first: nothing can be known of them here."""
    tried = select(PaymentSession.id).where(IS_OPEN, PaymentSession.attempts > 0)
    elsewhere = union_all(*(tried.where(span) for span in _spans_of_others()))
    query = select(PaymentSession).where(PaymentSession.id.in_(elsewhere)).order_by(PaymentSession.created_at)
    return db.session.scalars(query.limit(limit)).all()


def was_tried_elsewhere(session: PaymentSession) -> bool:
    """Whether it is one of these."""
    return session.state in OPEN and session.attempts > 0 and not is_here(session.gateway, session.account)


def _spans_of_others() -> Iterator[ColumnElement[bool]]:
    """Which sessions are not `of_here`, as the spans of an index: all others need not be looked through for them."""
    ours, name, account = runtime().gateway, PaymentSession.gateway, PaymentSession.account
    yield name < ours.name
    yield name > ours.name
    if ours.account:
        yield and_(name == ours.name, account > "", account < ours.account)
        yield and_(name == ours.name, account > ours.account)


def gateway_of(account: str) -> str:
    """The name of the gateway that an account is at."""
    return account.partition(" ")[0]
