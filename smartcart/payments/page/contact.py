"""How to reach the shop, as somebody who waits for money needs it: a link that can be pressed, where there is one."""

import re
from typing import NamedTuple
from urllib.parse import quote

from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.payment_states import MONEY, Money, State

# Loosely: what looks like none of these is shown as text, and can be typed.
MAIL = re.compile(r"[^\s@:/]+@[^\s@/]+\.[^\s@/]+")
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,}")


class Contact(NamedTuple):
    """Whom to ask, as text and as the address of a link; both may be empty. `order` is what to name."""

    text: str
    link: str
    order: str


def of(session: Snapshot, contact: str) -> Contact | None:
    """Where somebody may want to ask: the money is in the dark, or moved in another way than they meant it to."""
    was_cancelled = session.state is State.COMPLETED and session.cancel_requested_at is not None
    going_back = session.refund_pending or session.refund_failed or session.returning
    came_back = session.refunded or going_back or session.dispute or MONEY[session.state] is Money.RETURNED
    if session.state is State.CHECKING or was_cancelled or came_back:
        return Contact(contact, link_to(contact, session.order_reference), session.order_reference)
    return None


def link_to(contact: str, order_reference: str) -> str:
    """The address behind a contact (RFC 6068, RFC 3966), with the order as a mail's subject; empty for mere text."""
    if contact.startswith(("https://", "http://")):
        return contact
    if MAIL.fullmatch(contact):
        return f"mailto:{quote(contact, safe='@+')}?subject={quote(f'Order {order_reference}')}"
    if TELEPHONE.fullmatch(contact):
        return f"tel:{re.sub(r'[^0-9+]', '', contact)}"
    return ""
