"""The form that pays, on every page on which a payment can be paid: what is offered, and what it says by itself."""

from contextlib import suppress
from functools import cache
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import status_copy
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.payments.saved_cards.queries import ShownCard
from smartcart.rules.payment_states import OPEN
from smartcart.web.security import open_page_to


def values(session: SessionWithOrder, kept: tuple[ShownCard, ...] = (), may_keep: bool = False) -> dict[str, Any]:
    """What templates/payments/pay.html needs for it; `kept` are the saved cards that its reader may pay with, and
    `may_keep` says whether they may let the gateway keep another."""
    gateway = runtime().gateway
    offered = gateway.methods()
    tokens = [card.token for card in kept if card.usable] + [method.token for method in offered]
    return {
        "kept": kept,
        "offered": offered,
        "chosen": _chosen(session.method, tokens),
        "may_keep": may_keep,
        "browser": gateway.browser,
        "amount": _amount_in_script(session),
        "return_address": f"{session.pay_url}/return",
        "sent": _words_of_presses(),
        "offline": status_copy.OFFLINE,
        "online": status_copy.ONLINE,
    }


def open_to_gateway(response: Response, session: SessionWithOrder) -> None:
    """Let the page load the gateway's own form, while there is something to pay."""
    browser = runtime().gateway.browser
    if browser and session.state in OPEN:
        open_page_to(response, browser.hosts)


def _chosen(last: str, offered: list[str]) -> str:
    """What is chosen for a start: the last way to pay, if it is still offered. Empty for one that is to be typed."""
    if last in offered:
        return last
    return "" if last or not offered else offered[0]


def _amount_in_script(session: SessionWithOrder) -> int:
    """As the gateway's script counts it. What cannot be charged is for the attempt to say."""
    browser = runtime().gateway.browser
    with suppress(ValueError):
        return browser.amount(session.amount, session.currency) if browser else session.amount
    return session.amount


@cache
def _words_of_presses() -> Markup:
    """What the page says by itself, from a press until it has the answer: the same on every page, so made once."""
    return Markup(render_template("payments/_sent.html", sent=status_copy.SENT))  # noqa: S704  # a template's own
