"""The pages that the law asks of a shop, edition by edition."""

from collections.abc import Sequence

from sqlalchemy import select

from smartcart import clock
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.shop import identity
from smartcart.shop.legal_models import LegalPage, LegalText


def publish(page: LegalPage, words: str) -> bool:
    """From now on these words hold; empty ones take the page away. Returns False where they hold already."""
    with writing():
        queue_for("legal texts")
        if _is_said(page, words):
            return False
        db.session.add(LegalText(page=page, words=words, published_at=clock.now()))
    identity.of_shop().ask_anew()
    return True


def newest(page: LegalPage) -> LegalText | None:
    """The edition that holds, if the page was ever written; it may be empty."""
    return next(iter(editions(page, 1)), None)


def editions(page: LegalPage, most: int) -> Sequence[LegalText]:
    """The newest first."""
    query = select(LegalText).where(LegalText.page == page).order_by(LegalText.id.desc()).limit(most)
    return db.session.scalars(query).all()


def edition(page: LegalPage, edition_id: int) -> LegalText | None:
    """One of them, whether or not it still holds."""
    found = db.session.get(LegalText, edition_id)
    return found if found and found.page is page else None


def _is_said(page: LegalPage, words: str) -> bool:
    before = newest(page)
    return (before.words if before else "") == words
