"""The letter to who ordered, when somebody with their address is about to order the same things on another device.

That device was told nothing but to look into the mail, or to ask the shop where no mail server is set. There the letter
is kept for the owner, who is asked.
"""

from smartcart.mail import about_payment
from smartcart.mail.letter import Letter
from smartcart.outbox.models import Effect
from smartcart.outbox.worker import NotAnyMore
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, recovery_links, session_with_order
from smartcart.rules.payment_states import MONEY, Money

HEADING = "You have ordered the same before"
ABOUT_TO = (
    "Somebody with your address was about to order just the same things once more. If that was you, you need not:"
    " this is the order that you have, and where its money is."
)
NOT_YOU = "If it was not you, there is nothing to do: nothing of your order was shown to them, and nothing has changed."
LINK_WORDS = "See where it stands now"
NOTHING_TAKEN = "its money was not taken after all"


def compose(effect: Effect) -> Letter:
    """As the session stands on record now. Raises NotAnyMore."""
    session = session_with_order.find(effect.session_id)
    if MONEY[session.state] not in (Money.TAKEN, Money.RESERVED):
        raise NotAnyMore(NOTHING_TAKEN)
    base_url = about_payment.base_url_of(session)
    return about_payment.letter(
        session,
        "unpaid",
        [ABOUT_TO, copy.sentence(session, runtime().settings.time_zone), NOT_YOU],
        heading=HEADING,
        link=recovery_links.address(session.id, base_url, effect.written_at),
        link_words=LINK_WORDS,
        statement_url="",
    )
