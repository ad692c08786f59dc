"""Which kept cards a shopper is shown, and may pay with. Nothing here writes, and the gateway is not asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, exists, select

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.moments import format_moment
from smartcart.payments.core.card_declines import FOR_GOOD
from smartcart.payments.core.refusals import CardRefused, UnknownMethod
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.payments.saved_cards.account import here, is_saved_at, is_saved_here

# As the brands write themselves; gateways write them small.
BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


class ToPay(Protocol):
    """What of a session says whose cards it may be paid with, in whichever shape it comes."""

    @property
    def owner(self) -> str: ...
    @property
    def merchant(self) -> str: ...
    @property
    def customer(self) -> str: ...


class KeptCard(NamedTuple):
    """Columns of a kept card, by their names."""

    token: str
    customer: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int
    refused_until: datetime | None

    def is_refused(self, now: datetime) -> bool:
        return self.refused_until is not None and now < self.refused_until

    def has_expired(self, now: datetime) -> bool:
        return (self.expires_year, self.expires_month) < (now.year, now.month)


# Of every payment page, and made once.
KEPT = Prepared(
    select(*(getattr(SavedCard, name) for name in KeptCard._fields))
    .join(CardHolder, CardHolder.customer == SavedCard.customer)
    .where(CardHolder.shopper == bindparam("of_shopper"), is_saved_at(CardHolder))
    .where(is_saved_at(SavedCard), SavedCard.removed_at.is_(None))
    .order_by(SavedCard.kept_at, SavedCard.token)
)


@dataclass(frozen=True)
class ShownCard:
    """A kept card as pages show it. One that is not usable is shown all the same, so that nobody looks for it."""

    token: str
    label: str
    hint: str
    usable: bool


def kept_for(shopper: str) -> Foreseen[list[KeptCard]]:
    """The cards that are kept for a shopper, or linked, the first kept first."""
    return KEPT.foresee(_made, of_shopper=shopper, **here())


def cards_of(shopper: str) -> tuple[ShownCard, ...]:
    """All the cards that a shopper may pay with or has linked, the first kept first."""
    return tuple(map(_shown, kept_for(shopper).answer()))


def offered(session: ToPay, shopper: str, kept: Foreseen[list[KeptCard]]) -> tuple[ShownCard, ...]:
    """Of the cards kept for this shopper those that may pay this session: none unless they are its owner.

    At the gateway, what was paid for with the card of one customer cannot be paid with another's any more.
    """
    if not _owns(session, shopper):
        return ()
    return tuple(_shown(card) for card in kept.answer() if session.customer in ("", card.customer))


def may_save(session: ToPay, shopper: str) -> bool:
    """Whether this shopper may let the gateway keep the card that this session is paid with.

    Not when a linked card of somebody else's customer was tried: the gateway would keep the new one for them.
    """
    return _owns(session, shopper) and (not session.customer or is_holder(shopper, session.customer))


def customer_to_charge(session: ToPay, token: str, shopper: str) -> str:
    """The customer whose kept card this is. Raises UnknownMethod unless the shopper may pay this session with it, and
    CardRefused while it is not to be tried."""
    for card in kept_for(shopper).answer() if _owns(session, shopper) else ():
        if card.token == token and session.customer in ("", card.customer) and not card.has_expired(clock.now()):
            if card.is_refused(clock.now()):
                raise CardRefused
            return card.customer
    raise UnknownMethod


def is_holder(shopper: str, customer: str) -> bool:
    """Whether this shopper is that customer, and was not only linked to it."""
    holds = exists().where(CardHolder.customer == customer, CardHolder.linked_at.is_(None), _of(shopper))
    return bool(db.session.scalar(select(holds)))


def _owns(session: ToPay, shopper: str) -> bool:
    return bool(shopper) and session.merchant == "" and session.owner == shopper


def _made(rows: Found) -> list[KeptCard]:
    return [KeptCard(*row) for row in rows]


def _of(shopper: str) -> ColumnElement[bool]:
    """The shopper at this gateway: after a change of gateway there are no cards, and they are back after the next."""
    return and_(CardHolder.shopper == shopper, is_saved_here(CardHolder))


def _shown(card: KeptCard) -> ShownCard:
    brand = BRANDS.get(card.brand) or card.brand.replace("_", " ").capitalize() or "Card"
    has_expired, is_refused = card.has_expired(clock.now()), card.is_refused(clock.now())
    hint = f"{'Expired' if has_expired else 'Expires'} {card.expires_month:02}/{card.expires_year}"
    if is_refused and not has_expired:
        hint += f". {_refusal_of(card)}"
    return ShownCard(card.token, f"{brand} ending in {card.last4}", hint, not has_expired and not is_refused)


def _refusal_of(card: KeptCard) -> str:
    """Why it cannot be used now, as neutral as the bank wants it: nobody is told that a card was reported stolen."""
    if card.refused_until is None or card.refused_until >= FOR_GOOD:
        return "Your bank declines it: please use another card."
    until = format_moment(card.refused_until, runtime().settings.time_zone)
    return f"Your bank declines it for now: not before {until}."
