"""Ordering again, by a link, what ended unpaid: the same things for who ordered them, at today's prices, shown before.

The new payment has a link that is good for as long as the one that led here.
"""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from smartcart.payments.core import own_payments, queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import Refused
from smartcart.payments.flow import opening
from smartcart.payments.page.recovery_links import Link
from smartcart.rules.payment_states import ENDED_UNPAID
from smartcart.shop import agreements, orders, reorder, stock
from smartcart.shop.models import Order
from smartcart.web.addresses import base_url

CHANGED = (
    "What there is has changed since this page was shown, or its price. Nothing was ordered yet; please look again."
)
QUICKER = "Somebody was quicker, and took what was left. Nothing was ordered yet; please look again."
SECOND_TIME = "Do you want to order these things a second time? Nothing was ordered yet."


def way_on(link: Link) -> tuple[str, str]:
    """Where to from a payment that ended unpaid, and what the way is called."""
    if session_id := opening.ordered_again(link.session_id):
        return _to(link, session_id), "Go on with the new order"
    return url_for("resume.ask_again", link_token=link.token), "Order again"


def ask(link: Link) -> Response:
    """The question, or the way to where there is none."""
    session = queries.find(link.session_id)
    if session_id := opening.ordered_again(link.session_id):
        return redirect(_to(link, session_id), 303)
    if session.state not in ENDED_UNPAID or session.order is None:
        return redirect(url_for("resume.show", link_token=link.token), 303)
    return _page(link, session, session.order)


def order(link: Link, actor: str) -> Response:
    """Order again, and go on to the new payment. What is in the way is said on the page that asks."""
    session = queries.find(link.session_id)
    if session.state not in ENDED_UNPAID or session.order is None:
        return redirect(url_for("resume.show", link_token=link.token), 303)
    try:
        form = request.form
        agreed = opening.AgreedAgain(form.get("sum", ""), "second" in form, form.get("agreed", ""))
        new = opening.order_again(session.id, base_url(), actor, agreed)
    except agreements.EditionsChanged as changed:
        return _page(link, session, session.order, str(changed))
    except (opening.SumChanged, orders.EmptyCart, orders.NotSent):
        return _page(link, session, session.order, CHANGED)
    except opening.OrderedSince:
        return _page(link, session, session.order, SECOND_TIME)
    except stock.OutOfStock:
        return _page(link, session, session.order, QUICKER)
    except orders.CartChanged as changed:
        return _page(link, session, session.order, f"{changed} Nothing was ordered.")
    except Refused as refusal:
        return _page(link, session, session.order, f"{refusal.detail} Nothing was ordered.")
    return redirect(_to(link, new), 303)


def _to(link: Link, session_id: str) -> str:
    """To the new payment, by a link that ends when this one does."""
    return url_for("resume.show", link_token=Link(session_id, link.made_at).token)


def _page(link: Link, session: PaymentSession, ordered: Order, refusal: str = "") -> Response:
    page = render_template(
        "payments/again.html",
        session=session,
        offer=reorder.offer(ordered),
        may_be_second=own_payments.may_be_ordered_since(session),
        address=url_for("resume.order_again", link_token=link.token),
        refusal=refusal,
    )
    return make_response(page, 409 if refusal else 200)
