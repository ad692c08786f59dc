"""What the shopper's bank asks of a payment, as the owner reads it first."""

from zoneinfo import ZoneInfo

from smartcart.gateways.books import Balance
from smartcart.moments import format_moment
from smartcart.money.format import format_money
from smartcart.payments.core import merchant_events
from smartcart.payments.core.locked_session import LockedSession
from smartcart.rules.disputes import stage_of
from smartcart.rules.merchant_events import of_dispute


def write_down(session: LockedSession, balance: Balance) -> None:
    """Where it stands, and until when it must be answered."""
    before, session.dispute = session.dispute, stage_of(balance.disputed, balance.inquired, balance.lost)
    merchant_events.note(session, of_dispute(before, session.dispute))
    session.answer_by = balance.answer_by if balance.disputed else None


def in_words(balance: Balance, currency: str, zone: ZoneInfo) -> str:
    """What is asked for, and until when it must be answered, if the gateway says so."""
    amount = format_money(balance.disputed, currency)
    asked = f"the shopper's bank asks for {amount} back"
    if balance.inquired == balance.disputed:
        asked = f"the shopper's bank asks about {amount}, and has taken no money back for that"
    if balance.refunded:
        asked += f"; {format_money(balance.refunded, currency)} was given back before, so say that in the answer"
    return f"{asked}; answer by {format_moment(balance.answer_by, zone)}" if balance.answer_by else asked


def in_the_end(balance: Balance) -> str:
    """What is told of a dispute that is over and was not lost."""
    return "it is over, and takes no money" if balance.refunded else "it is over, and the money stays with the shop"
