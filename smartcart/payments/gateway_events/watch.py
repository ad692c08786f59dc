"""Watches whether the gateway's events still come, and tells the owner once when not, and once when they do again."""

from datetime import datetime

from sqlalchemy import func, select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.outbox import owner_notices
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events.models import GatewayEvent
from smartcart.payments.gateway_events.processor import KEPT_FOR
from smartcart.rules import webhook_watch
from smartcart.rules.owner_letters import Subject
from smartcart.rules.payment_states import PAID
from smartcart.rules.webhook_watch import LAST, Seen

# So often, in seconds: what is silent for an hour need not be told to the minute.
TICK = 300.0
# To look at so many payments tells enough; that it were ten thousand tells no more.
MOST_PAYMENTS = 1000
MESSAGES = "/admin/messages"
# How long Stripe may take to tell its addresses, in seconds.
PATIENCE = 10.0


def trouble() -> str:
    """What is not well with the gateway's events, in a sentence without a full stop; empty where all is, or where it
    is to send none."""
    return webhook_watch.in_words(_seen(), clock.now()) if _are_expected() else ""


def tell() -> int:
    """The job: note for the owner what is news; returns how many notices."""
    if not (_are_expected() and owner_notices.are_wanted()):
        return 0
    what = trouble()
    told_bad_at = owner_notices.last_of(Subject.EVENTS_MISSING)
    told_well_at = owner_notices.last_of(Subject.EVENTS_BACK)
    if not webhook_watch.is_news(not what, told_bad_at, told_well_at):
        return 0
    about = Subject.EVENTS_MISSING if what else Subject.EVENTS_BACK
    detail = f"{what}: {_addresses()}" if what else "events come again, and in time"
    with writing():
        owner_notices.write(about, detail, MESSAGES)
    return 1


def _are_expected() -> bool:
    return bool(runtime().gateway.name == "stripe" and runtime().settings.stripe_webhook_secrets)


def _seen() -> Seen:
    moments = select(GatewayEvent.received_at, GatewayEvent.happened_at)
    db.session.rollback()
    events = db.session.execute(moments.order_by(GatewayEvent.received_at.desc()).limit(LAST)).all()
    newest_at = events[0].received_at if events else None
    payments = _payments_since(newest_at)
    db.session.rollback()
    return Seen(newest_at, payments, [event.received_at - event.happened_at for event in events])


def _payments_since(newest_at: datetime | None) -> int:
    now, paid = clock.now(), PaymentSession
    since = newest_at or now - KEPT_FOR
    between = paid.ended_at > since, paid.ended_at < now - webhook_watch.A_MOMENT
    which = select(paid.id).where(*between, paid.state.in_(PAID), gateway_accounts.of_here(paid.account, paid.gateway))
    return db.session.scalar(select(func.count()).select_from(which.limit(MOST_PAYMENTS).subquery())) or 0


def _addresses() -> str:
    """Where Stripe sends events to, as it says itself; no transaction is open while it is asked."""
    from smartcart.gateways.stripe import account  # with its library, which only such a shop needs
    from smartcart.gateways.stripe.client import Access

    settings = runtime().settings
    access = Access(settings.stripe_secret_key, settings.stripe_api_base, settings.stripe_shop, PATIENCE)
    try:
        found = account.endpoints(access)
    except account.NotTold as reason:
        return f"Stripe does not tell where it sends them ({reason.trouble})"
    named = [each.address if each.is_on else f"{each.address} (switched off)" for each in found]
    return f"look at the address at Stripe, which is {', '.join(named)}" if named else "Stripe has no address for them"
