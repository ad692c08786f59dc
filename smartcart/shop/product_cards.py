"""The catalogue's cards, remembered by all that they say: they are most of the page, and the same for every shopper.

What they say comes with each page from the database, so whatever has changed, and whoever changed it, is said at once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from flask import Flask, current_app, render_template, request
from markupsafe import Markup

from smartcart.shop.catalogue import ShownProduct

# Of so many catalogues that differ the cards are not made anew: a shop has one at a time, which is another to those who
# hold the last of something.
AT_HAND = 8
# Stands for the token of who reads; nothing that an owner has typed brings a sign like these into a page.
TOKEN = Markup("<token>")
# Whether it is the reader who holds the last one; None where nobody does.
IsOwn = bool | None


class Hold(Protocol):
    """Somebody's, who is paying for the last one."""

    @property
    def own_session(self) -> str: ...


def product_cards(products: Sequence[ShownProduct], held: Mapping[int, Hold], token: str) -> Markup:
    """The cards of these products, with forms of whoever reads; what is `held` is by the products' ids."""
    shown = tuple((product, _is_own(held.get(product.id))) for product in products)
    cards = _remembered(current_app)(shown, request.script_root)
    return Markup(cards.replace(TOKEN, token))  # noqa: S704  # of a template's own, with a token of ours


def _is_own(hold: Hold | None) -> IsOwn:
    return None if hold is None else bool(hold.own_session)


def _remembered(app: Flask) -> Callable[..., str]:
    made: Callable[..., str] = app.extensions.get("product_cards") or app.extensions.setdefault(
        "product_cards", lru_cache(AT_HAND)(_made)
    )
    return made


def _made(products: Sequence[tuple[ShownProduct, IsOwn]], lies_at: str) -> str:
    """`lies_at` is where in the host the shop lies, as all addresses in it say."""
    return render_template("shop/_product_cards.html", products=products, token=TOKEN)
