"""A shopper's saved cards: which there are, taking one away, using them in another browser. No card is added here."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from smartcart.ids import may_be_looked_up
from smartcart.payments.saved_cards import queries, saving, sharing
from smartcart.payments.saved_cards.sharing import LinkOver
from smartcart.web.addresses import full_url
from smartcart.web.limits import limit_acts
from smartcart.web.shopper import current_shopper, known_shopper

cards = Blueprint("cards", __name__, url_prefix="/cards")
limit_acts(cards)


@cards.url_value_preprocessor
def refuse_strange_tokens(endpoint: str | None, values: dict[str, str] | None) -> None:
    if not all(may_be_looked_up(value) for value in (values or {}).values()):
        raise NotFound


@cards.get("")
def show() -> ResponseReturnValue:
    return _page()


@cards.post("/<card>/remove")
def remove(card: str) -> ResponseReturnValue:
    if not saving.remove(current_shopper(), card):
        return _page("This card is not among your saved cards any more."), 404
    flash("The card is removed.", "good")
    return _shown()


@cards.post("/link")
def make_link() -> ResponseReturnValue:
    sharing.make_link(current_shopper())
    return redirect(url_for("cards.show", _anchor="link"), 303)


@cards.get("/link/<link>")
def show_link(link: str) -> ResponseReturnValue:
    """Asks first. Programs that open links to preview them change nothing."""
    try:
        sharing.check(link)
    except LinkOver:
        return _over()
    return render_template("cards/link.html", link=link)


@cards.post("/link/<link>")
def follow(link: str) -> ResponseReturnValue:
    try:
        sharing.follow(link, known_shopper())
    except LinkOver:
        return _over()
    flash("You can now pay with these cards in this browser too.", "good")
    return _shown()


@cards.post("/unlink")
def unlink() -> ResponseReturnValue:
    sharing.unlink(current_shopper())
    flash("No other browser shares cards with this one any more.", "good")
    return _shown()


def _page(refusal: str = "") -> str:
    links, shown = sharing.links_of(current_shopper()), queries.cards_of(current_shopper())
    address = full_url("cards.show_link", link=links.token) if links.token else ""
    return render_template("cards/cards.html", cards=shown, links=links, address=address, refusal=refusal)


def _shown() -> ResponseReturnValue:
    """The focus goes to where the news is."""
    return redirect(url_for("cards.show", _anchor="main"), 303)


def _over() -> ResponseReturnValue:
    detail = "Links to saved cards work once, for ten minutes. Make a new one on the page with your saved cards."
    return render_template("error.html", status=404, title="This link is over", detail=detail), 404
