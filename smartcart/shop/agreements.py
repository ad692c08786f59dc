"""What somebody who orders agrees to: the line at checkout, and what of it is kept with the order.

Terms bind whoever was pointed to them when they ordered and could read them then (German Civil Code, section 305 (2):
no box is asked for). A privacy notice tells, and asks for no consent (Regulation (EU) 2016/679, article 13).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, insert, select

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.statements import Prepared
from smartcart.shop import identity
from smartcart.shop.legal_models import Agreement, LegalPage
from smartcart.shop.models import Order

AGREEMENTS = cast(Table, Agreement.__table__)
ADD = Prepared(insert(AGREEMENTS).inline())
KEPT = select(AGREEMENTS.c.terms_id, AGREEMENTS.c.privacy_id, AGREEMENTS.c.agreed_at)
OF_ORDER = Prepared(KEPT.where(AGREEMENTS.c.order_id == bindparam("of_order")))
BY_TOKEN = Prepared(
    KEPT.where(AGREEMENTS.c.order_id == select(Order.id).where(Order.token == bindparam("of")).scalar_subquery())
)

# How the line begins, and what it says of each page that there is.
BEGINNING = "By placing this order you"
CLAUSES = {LegalPage.TERMS: "agree to the", LegalPage.PRIVACY: "have taken note of the"}

CHANGED = (
    "What this shop asks you to agree to has changed since the page was shown. Nothing was ordered yet. Please look at"
    " it, and place the order if you agree."
)


class EditionsChanged(Exception):
    """Another edition holds than what was shown and agreed to; the message is for the shopper."""


class Clause(NamedTuple):
    """A part of the line, which ends with the heading of a page: that edition of it."""

    words: str
    page: LegalPage
    edition: int


class Line(NamedTuple):
    """The line at checkout; without a clause there is none."""

    clauses: list[Clause]

    @property
    def beginning(self) -> str:
        return BEGINNING

    @property
    def shown(self) -> str:
        """Which editions it names, as a form sends it back."""
        return " ".join(f"{clause.page}:{clause.edition}" for clause in self.clauses)

    @property
    def wording(self) -> str:
        return f"{BEGINNING} {' and '.join(f'{words} {page.heading}' for words, page, _ in self.clauses)}."


class Agreed(NamedTuple):
    """What is on record: the id of each edition by its page, and when."""

    editions: Mapping[LegalPage, int]
    at: datetime


def line() -> Line:
    """What whoever orders now agrees to."""
    return _line_of(identity.of_shop()())


def keep(order_id: int, shown: str) -> None:
    """With an order that is placed in this transaction. Raises EditionsChanged unless `shown` is what holds now."""
    now = line()
    if now.shown != shown:
        now = _line_of(identity.of_shop().ask_anew())  # another process may have shown it, and know more
    if now.shown != shown:
        raise EditionsChanged(CHANGED)
    if now.clauses:
        ids = {f"{clause.page}_id": clause.edition for clause in now.clauses}
        ADD.change(order_id=order_id, wording=now.wording, agreed_at=clock.now(), **ids)


def of_order(order_id: int) -> Agreed | None:
    return _agreed(OF_ORDER.rows(of_order=order_id))


def of_token(token: str) -> Foreseen[Agreed | None]:
    """Of the order whose page this token opens."""
    return BY_TOKEN.foresee(_agreed, of=token)


def _line_of(shop: identity.Identity) -> Line:
    return Line([Clause(words, page, shop.editions[page]) for page, words in CLAUSES.items() if page in shop.editions])


def _agreed(rows: Found) -> Agreed | None:
    if not rows:
        return None
    ((terms, privacy, at),) = rows
    known = {LegalPage.TERMS: terms, LegalPage.PRIVACY: privacy}
    return Agreed({page: edition for page, edition in known.items() if edition}, at)
