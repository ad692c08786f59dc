"""Cards and customers that are gone at the gateway: noticed here, and shown no more.

What belongs to no account yet may be there at another one: it is not gone, but belongs elsewhere.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update

from smartcart import clock
from smartcart.database.session import execute, writing
from smartcart.gateways.protocol import CARD_GONE, CUSTOMER_GONE, ChargeRequest
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.payments.saved_cards.account import account, bind, is_saved_here
from smartcart.rules.outcomes import Outcome, OutcomeKind

ASKED_THE_BANK = frozenset({OutcomeKind.APPROVED, OutcomeKind.DECLINED, OutcomeKind.ACTION_REQUIRED})
# No account has this name.
ELSEWHERE = "elsewhere"
# Another process may have had a card kept while this one was told which there are; clocks differ a little.
MARGIN = timedelta(minutes=1)


def notice(request: ChargeRequest, outcome: Outcome) -> None:
    """Take a kept card away that turned out to be gone when it was charged, and all of a customer who is; one that the
    bank was asked about is there."""
    if outcome.kind is OutcomeKind.NOT_CHARGED and outcome.code == CUSTOMER_GONE:
        lose_customer(request.customer)
    elif outcome.kind is OutcomeKind.NOT_CHARGED and outcome.code == CARD_GONE:
        with writing():
            _lose(SavedCard.token == request.method)
    elif request.customer and outcome.kind in ASKED_THE_BANK:
        bind(request.customer)


def lose_customer(customer: str) -> None:
    with writing():
        _lose(SavedCard.customer == customer)
        held = CardHolder.customer == customer, is_saved_here(CardHolder)
        execute(delete(CardHolder).where(*held, CardHolder.account != ""))
        execute(update(CardHolder).where(*held, CardHolder.account == "").values(account=ELSEWHERE))


def lose_unlisted(customer: str, listed: Collection[str], since: datetime) -> None:
    """The gateway has named all cards of a customer, later than `since`. Inside the caller's transaction."""
    _lose((SavedCard.customer == customer) & SavedCard.token.not_in(listed) & (SavedCard.kept_at < since - MARGIN))


def _lose(which: ColumnElement[bool]) -> None:
    lost = update(SavedCard).where(which, SavedCard.gateway == account(), SavedCard.removed_at.is_(None))
    gone = {"removed_at": clock.now(), "forgotten_at": clock.now(), "brand": "", "last4": ""}
    execute(lost.where(SavedCard.account != "").values(gone))
    execute(lost.where(SavedCard.account == "").values(account=ELSEWHERE))
