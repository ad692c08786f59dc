"""Watches whether the gateway's events still come, and tells the owner once when not, and once when they do again.

Who knew first of a payment is what its audit trail says.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Row, and_, or_, select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.outbox import owner_notices
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.models import BEGINNING, SESSION_BEGINS, Event, EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events.processor import ACTOR, KEPT_FOR
from smartcart.rules import webhook_watch
from smartcart.rules.owner_letters import Subject
from smartcart.rules.payment_states import PAID, State
from smartcart.rules.webhook_watch import LOOKED_AT, Paid

# So often, in seconds: what is silent for an hour need not be told to the minute.
TICK = 300.0
MESSAGES = "/admin/messages"
# How long Stripe may take to tell its addresses, in seconds.
PATIENCE = 10.0

Line = Row[str, EventKind, str, datetime]


def trouble() -> str:
    """What is not well with the gateway's events, in a sentence without a full stop; empty where all is, or where it
    is to send none."""
    return webhook_watch.in_words(_seen(), clock.now()) if _are_expected() else ""


def who_was_first() -> str:
    """Who knew first of the last payments, in a sentence without a full stop; empty where there are none, or where the
    gateway is to send nothing."""
    return webhook_watch.who_was_first(_seen()) if _are_expected() else ""


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


def _seen() -> list[Paid]:
    """The last payments, the newest first; none that was made a moment ago."""
    now, paid = clock.now(), PaymentSession
    between = paid.ended_at > now - KEPT_FOR, paid.ended_at < now - webhook_watch.A_MOMENT
    which = select(paid.id).where(*between, paid.state.in_(PAID), gateway_accounts.of_here(paid.account, paid.gateway))
    db.session.rollback()
    ids = db.session.scalars(which.order_by(paid.ended_at.desc()).limit(LOOKED_AT)).all()
    lines = _lines_of(ids)
    db.session.rollback()
    return sorted(_paid(lines), reverse=True, key=lambda each: each.known_at)


def _lines_of(session_ids: Sequence[str]) -> Sequence[Line]:
    """What their trails say of who knew first, the oldest first."""
    of_these = SESSION_BEGINS.in_({each[BEGINNING] for each in session_ids}), Event.session_id.in_(session_ids)
    is_told = and_(Event.kind == EventKind.TOLD, Event.actor == ACTOR)
    which = select(Event.session_id, Event.kind, Event.actor, Event.at)
    known = which.where(*of_these, or_(is_told, Event.after == State.COMPLETED))
    return db.session.execute(known.order_by(Event.id)).all()


def _paid(lines: Sequence[Line]) -> Iterator[Paid]:
    told_at: dict[str, list[datetime]] = defaultdict(list)
    found: dict[str, Line] = {}
    for line in lines:
        if line.kind is EventKind.TOLD:
            told_at[line.session_id].append(line.at)
        else:
            found.setdefault(line.session_id, line)
    for session_id, line in found.items():
        yield Paid(line.at, line.actor == ACTOR, min(told_at[session_id], default=None))


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
