"""The pages that the law asks of a shop, as everybody reads them: what holds, and any edition that ever held."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from smartcart.shop import agreements, legal_texts
from smartcart.shop.legal_models import LegalPage, LegalText
from smartcart.shop.markdown import to_html

legal = Blueprint("legal", __name__)
legal.add_app_template_filter(to_html, "markdown")
legal.add_app_template_global(agreements.line, "agreement_line")

PAGE = f"/<any({', '.join(LegalPage)}):page>"
# Ids are 32-bit integers.
EDITION = f"{PAGE}/<int(max=2147483647):edition_id>"


@legal.get(PAGE)
def show(page: str) -> ResponseReturnValue:
    return _page(legal_texts.newest(LegalPage(page)), holds=True)


@legal.get(EDITION)
def show_edition(page: str, edition_id: int) -> ResponseReturnValue:
    text = legal_texts.edition(LegalPage(page), edition_id)
    newest = legal_texts.newest(LegalPage(page))
    return _page(text, holds=newest is not None and newest.id == edition_id)


def _page(text: LegalText | None, holds: bool) -> str:
    """An edition. Ends the request with 404 where there is none, or it says that there is no such page any more."""
    if text is None or not text.words:
        abort(404)
    return render_template("shop/legal.html", text=text, holds=holds)
