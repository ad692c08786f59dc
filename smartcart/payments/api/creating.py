"""A session is opened: for an order of the shop, or for a merchant's own."""

from flask import Response
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.api import schemas, shown
from smartcart.payments.api.answering import answer_with
from smartcart.payments.api.auth import Caller, caller
from smartcart.payments.api.shown import ShownSession
from smartcart.payments.core import queries
from smartcart.payments.core.refusals import DifferentSum
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Terms
from smartcart.payments.flow import desk, opening
from smartcart.rules.money import Amount
from smartcart.rules.payment_states import OPEN
from smartcart.shop.models import Order
from smartcart.web.addresses import base_url
from smartcart.web.problems import Problem


def create() -> Response:
    """What the request at work asks for. Raises Problem and Refused."""
    who = caller()
    body = schemas.json_body()
    of_the_shop = "order" in body or not ("reference" in body or who.key_id)
    open_one = _for_order if of_the_shop else _for_merchant
    session_id, opened = open_one(who)
    if not opened and desk.end_if_over(queries.find(session_id)).state not in OPEN:
        session_id, opened = open_one(who)
    if opened:
        return answer_with(opened, 201)
    session = shown.find(session_id)
    if not of_the_shop:
        _refuse_different_sum(session)
    return answer_with(session, 200)


def _refuse_different_sum(session: ShownSession) -> None:
    """Who asks for 38.00 is not to have 42.00 charged. Raises DifferentSum."""
    wanted = schemas.read_body(schemas.CreateForMerchant)
    if (session.amount, session.currency) != (wanted.amount, wanted.currency):
        raise DifferentSum(session.money)


def _for_order(who: Caller) -> opening.Opened:
    wanted = schemas.read_body(schemas.CreateForOrder)
    order = db.session.scalar(select(Order).where(Order.number == wanted.order))
    if order is None or not (who.is_admin or (who.shopper and order.shopper == who.shopper)):
        raise Problem(404, "not_found", "There is no such order.")
    return opening.open_for_order(order.id, base_url(), who.actor)


def _for_merchant(who: Caller) -> opening.Opened:
    return for_merchant(who, schemas.read_body(schemas.CreateForMerchant), base_url())


def for_merchant(who: Caller, wanted: schemas.CreateForMerchant, shop: str) -> opening.Opened:
    """The session that a program asks for, of the shop at this address. Raises Problem and Refused."""
    if not who.key_id:
        raise Problem(401, "key_needed", "An amount is charged for an API key only.", {"WWW-Authenticate": "Bearer"})
    settings = runtime().settings
    terms = Terms(
        owner=wanted.user,
        merchant=who.key_id,
        order_reference=wanted.reference,
        amount=Amount(wanted.amount, wanted.currency),
        gateway=runtime().gateway.name,
        max_attempts=settings.max_attempts,
        lifetime=settings.session_lifetime,
        base_url=shop,
        description=wanted.description,
        return_url=wanted.return_url or "",
        merchant_data=wanted.metadata,
    )
    return opening.open_for_merchant(terms, who.actor)


def address_of(session_id: str, shop: str) -> str:
    """Where a session is asked for, of the shop at this address."""
    return f"{shop}/api/payments/session/{session_id}"
