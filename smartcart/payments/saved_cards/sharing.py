"""Carrying the use of kept cards to another browser: by a signed link, which its owner opens there.

It goes one way. The other browser's shopper may use and remove the cards; what they let be kept themselves stays
theirs, so that nobody who is talked into opening a link gives a card of their own away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, delete, exists, func, or_, select, update

from smartcart import clock
from smartcart.database.foreseen import Found
from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.ids import new_id
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.payments.saved_cards.account import here, is_saved_at, is_saved_here

# Long enough to send it to one's own telephone, too short to be found lying around.
LIFETIME = timedelta(minutes=10)
# What the signature is for: what is signed for anything else is no link.
PURPOSE = "link to kept cards"


# Known when it is asked, or given to a statement that is made once.
Shopper = str | BindParameter[str]
IsSaved = Callable[[type[CardHolder]], ColumnElement[bool]]


class LinkOver(Exception):
    """An invalid link, or one that was used or is too old."""


@dataclass(frozen=True)
class Links:
    """`may_be_made` when there are cards to link to; `token` is of the link that is open to be used, empty if there is
    none. `others` counts the browsers that use this one's cards; `is_linked` when this one uses another's."""

    may_be_made: bool
    token: str
    others: int
    is_linked: bool


def links_of(shopper: str) -> Links:
    return _made(_links().rows(of_shopper=shopper, now=clock.now(), **here()))


def make_link(shopper: str) -> None:
    """A new link, instead of any before. There is none for a shopper without a card of their own."""
    with writing():
        db.session.execute(
            update(CardHolder)
            .where(_is_own(shopper))
            .values(link=new_id(), link_expires_at=clock.now() + LIFETIME)
            .execution_options(synchronize_session=False)
        )


def check(token: str) -> None:
    """Raises LinkOver unless the link can be used. Changes nothing: programs that preview links open them too."""
    _open(token)


def follow(token: str, shopper: str) -> None:
    """Use the link up: its maker's cards are the shopper's to use. Raises LinkOver. One's own stays open."""
    with writing():
        holder = _open(token)
        if holder.shopper == shopper:
            return
        holder.link = holder.link_expires_at = None
        linked = CardHolder(shopper=shopper, gateway=holder.gateway, customer=holder.customer, linked_at=clock.now())
        linked.account = holder.account
        db.session.merge(linked)


def unlink(shopper: str) -> None:
    """End all sharing with other browsers, in both directions, and the link that is open."""
    with writing():
        db.session.execute(delete(CardHolder).where(or_(_shared_with(shopper), _shared_by(shopper))))
        db.session.execute(update(CardHolder).where(_is_own(shopper)).values(link=None, link_expires_at=None))


def _open(token: str) -> CardHolder:
    try:
        secret = str(_signer().loads(token))
    except BadSignature:
        raise LinkOver from None
    found = db.session.scalar(
        select(CardHolder)
        .where(CardHolder.link == secret, CardHolder.link_expires_at > clock.now(), is_saved_here(CardHolder))
        .with_for_update()
    )
    if found is None:
        raise LinkOver
    return found


@cache
def _links() -> Prepared:
    """All that `Links` says, in one question that is made once: to make four took most of the page."""
    shopper: BindParameter[str] = bindparam("of_shopper")
    own = select(CardHolder.customer).where(_is_own(shopper, is_saved_at))
    link = select(CardHolder.link).where(_is_own(shopper, is_saved_at), CardHolder.link_expires_at > bindparam("now"))
    others = select(func.count()).select_from(CardHolder).where(_shared_by(shopper, is_saved_at))
    return Prepared(
        select(
            exists().where(SavedCard.customer.in_(own), SavedCard.removed_at.is_(None)),
            link.limit(1).scalar_subquery(),
            others.scalar_subquery(),
            exists().where(_shared_with(shopper, is_saved_at)),
        )
    )


def _is_own(shopper: Shopper, is_saved: IsSaved = is_saved_here) -> ColumnElement[bool]:
    return and_(CardHolder.shopper == shopper, is_saved(CardHolder), CardHolder.linked_at.is_(None))


def _shared_with(shopper: Shopper, is_saved: IsSaved = is_saved_here) -> ColumnElement[bool]:
    return and_(CardHolder.shopper == shopper, is_saved(CardHolder), CardHolder.linked_at.is_not(None))


def _shared_by(shopper: Shopper, is_saved: IsSaved = is_saved_here) -> ColumnElement[bool]:
    own = select(CardHolder.customer).where(_is_own(shopper, is_saved)).scalar_subquery()
    return and_(CardHolder.customer == own, is_saved(CardHolder), CardHolder.linked_at.is_not(None))


def _made(rows: Found) -> Links:
    [(may_be_made, secret, others, is_linked)] = rows
    token = str(_signer().dumps(secret)) if secret else ""
    return Links(bool(may_be_made), token, others, bool(is_linked))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=PURPOSE)
