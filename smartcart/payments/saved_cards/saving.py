"""How kept cards come and go: after a payment that was allowed to keep its card, and when a shopper wants one gone.

What is wanted is on record before the gateway is asked, and what fails is done later by the timetable; the payment has
nothing to do with it any more. Every call may be made again, and elsewhere at the same time.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import func, select, update

from smartcart import clock
from smartcart.database import faults
from smartcart.database.session import db, execute, writing
from smartcart.database.upsert import insert_into, insert_new
from smartcart.gateways import protocol
from smartcart.gateways.protocol import CustomerGone, GatewayError
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import IS_TO_KEEP, PaymentSession
from smartcart.payments.core.queries import find
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.saved_card_model import TO_FORGET, CardHolder, SavedCard
from smartcart.payments.saved_cards import gone_at_gateway, retries
from smartcart.payments.saved_cards.account import account, bind, is_saved_here
from smartcart.rules.payment_states import PAID

if TYPE_CHECKING:
    from smartcart.payments.core.locked_session import LockedSession

# A card that could not be kept for so long is not kept any more: its payment is history by then.
KEEP_WITHIN = timedelta(days=1)
# So many at each turn of the timetable: each waits for the gateway.
BATCH = 20


def save_card_soon(session: "LockedSession") -> None:
    """Have the card kept that a session was paid with, if its shopper allowed it."""
    if session.keep_method and session.state in PAID:
        _on_pool(partial(save_card, session.id))


def save_card(session_id: str) -> None:
    """Let the gateway keep the card that a session was paid with. Raises GatewayError; then it is wanted still."""
    session = find(session_id)
    if not session.keep_method or session.state not in PAID:
        return
    handle, owner = session.handle(), session.owner
    customer, since = _customer_of(owner), clock.now()
    try:
        runtime().gateway.save_card(handle, customer)
        listed = runtime().gateway.saved_cards(customer)
    except CustomerGone:
        gone_at_gateway.lose_customer(customer)
        customer = _customer_of(owner, instead_of=customer)
        runtime().gateway.save_card(handle, customer)
        listed = runtime().gateway.saved_cards(customer)
    with writing():
        _set_kept(session_id)
        _write(customer, listed)
        gone_at_gateway.lose_unlisted(customer, [card.token for card in listed], since)
    bind(customer)


def remove(shopper: str, token: str) -> bool:
    """Take a card away from all who may pay with it, at once, and have the gateway forget it. False when it is gone."""
    held = select(CardHolder.customer).where(CardHolder.shopper == shopper, is_saved_here(CardHolder))
    with writing():
        removed = db.session.execute(
            update(SavedCard)
            .where(SavedCard.token == token, is_saved_here(SavedCard), SavedCard.removed_at.is_(None))
            .where(SavedCard.customer.in_(held))
            .values(removed_at=clock.now(), brand="", last4="")
            .returning(SavedCard.customer)
            .execution_options(synchronize_session=False)
        ).scalar()
    if removed is None:
        return False
    _on_pool(partial(_forget, removed, token))
    return True


def make_good() -> int:
    """Do what could not be done at its time; returns how much was tried."""
    paid = PaymentSession.state.in_(PAID), PaymentSession.ended_at > clock.now() - KEEP_WITHIN
    here = gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway)
    to_keep = db.session.scalars(
        select(PaymentSession.id)
        .where(IS_TO_KEEP, *paid, here, retries.is_due(PaymentSession.keep_after))
        .order_by(func.coalesce(PaymentSession.keep_after, PaymentSession.ended_at))
        .limit(BATCH)
    ).all()
    to_forget = db.session.execute(
        select(SavedCard.customer, SavedCard.token)
        .where(TO_FORGET, is_saved_here(SavedCard), retries.is_due(SavedCard.forget_after))
        .order_by(func.coalesce(SavedCard.forget_after, SavedCard.removed_at))
        .limit(BATCH)
    ).all()
    db.session.rollback()  # nothing stays open while the gateway is asked
    for session_id in to_keep:
        if not _tolerantly(partial(save_card, session_id)):
            retries.save_later(session_id)
    for customer, token in to_forget:
        if not _tolerantly(partial(_forget, customer, token)):
            retries.forget_later(token)
    return len(to_keep) + len(to_forget)


def _forget(customer: str, token: str) -> None:
    runtime().gateway.forget(customer, token)
    with writing():
        db.session.execute(
            update(SavedCard)
            .where(SavedCard.token == token, is_saved_here(SavedCard))
            .values(forgotten_at=clock.now())
            .execution_options(synchronize_session=False)
        )


def _customer_of(shopper: str, instead_of: str = "") -> str:
    """The customer that a shopper is, asked of the gateway for the first card; or anew for one that is gone."""
    holder = select(CardHolder.customer).where(
        CardHolder.shopper == shopper, is_saved_here(CardHolder), CardHolder.linked_at.is_(None)
    )
    known = db.session.scalar(holder)
    db.session.rollback()
    if known is not None:
        return known
    customer = runtime().gateway.customer(shopper, instead_of)
    here = gateway_accounts.account_here()
    with writing():
        insert_new(CardHolder, shopper=shopper, gateway=account(), customer=customer, account=here)
    return customer


def _set_kept(session_id: str) -> None:
    """Nothing is to be kept any more. Past the version: nothing has changed that the payment page shows."""
    db.session.execute(
        update(PaymentSession)
        .where(PaymentSession.id == session_id)
        .values(keep_method=False)
        .execution_options(synchronize_session=False)
    )


def _row(customer: str, card: protocol.SavedCard) -> dict[str, Any]:
    return {
        "token": card.token,
        "gateway": account(),
        "customer": customer,
        "account": gateway_accounts.account_here(),
        "brand": card.brand,
        "last4": card.last4,
        "expires_month": card.expires_month,
        "expires_year": card.expires_year,
        "kept_at": clock.now(),
    }


def _write(customer: str, cards: Sequence[protocol.SavedCard]) -> None:
    """Write down what the gateway says of a customer's cards; one that was removed here stays removed."""
    insert = insert_into(SavedCard)
    written = insert.on_conflict_do_update(
        index_elements=[SavedCard.token, SavedCard.gateway],
        set_={name: insert.excluded[name] for name in ("account", "brand", "last4", "expires_month", "expires_year")},
        where=SavedCard.removed_at.is_(None),
    )
    if cards:
        execute(written, [_row(customer, card) for card in cards])


def _on_pool(work: Callable[[], object]) -> None:
    """Let the pool work; when it is full, the timetable does it."""
    runtime().pool.run(partial(_tolerantly, work))


def _tolerantly(work: Callable[[], object]) -> bool:
    """Whether it was done. What the gateway does not do now is done at another turn, and keeps nothing else back."""
    try:
        work()
        return True
    except GatewayError as error:
        current_app.logger.info("a kept card waits for the gateway: %s", error)
    except Exception as error:
        if faults.is_fault(error):
            raise
        current_app.logger.exception("a kept card waits: the gateway's answer could not be understood")
    return False
