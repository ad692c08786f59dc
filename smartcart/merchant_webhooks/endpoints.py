"""Where merchants' systems are told of events: made, listed, given another secret, switched on, taken away."""

import logging
from base64 import b64encode
from collections.abc import Collection, Sequence
from secrets import token_bytes

from sqlalchemy import ColumnElement, select, update

from smartcart import clock
from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute, writing
from smartcart.ids import is_id, new_id
from smartcart.merchant_webhooks.models import WebhookEndpoint
from smartcart.outbox import owner_notices
from smartcart.payments.core.merchant_event_model import MerchantFeed
from smartcart.rules import merchant_webhooks as rules
from smartcart.rules.card_numbers import has_card_number
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.owner_letters import Subject
from smartcart.rules.proxies import Network

log = logging.getLogger(__name__)

# Each gets every event, so that many times a payment's work is done for one merchant.
MOST = 10


class UnknownEndpoint(ValueError):
    """There is none of that id, or it is another merchant's."""

    def __init__(self) -> None:
        super().__init__("there is no such webhook")


def create(
    merchant: str, url: str, types: Collection[str], is_thin: bool, allowed: Sequence[Network]
) -> WebhookEndpoint:
    """Make one that is told of what happens from now on. Raises ValueError, saying what is unfit."""
    if refusal := _refusal(url, types, allowed):
        raise ValueError(refusal)
    with writing():
        queue_for("webhooks of", merchant)
        _refuse_more(merchant, url)
        endpoint = WebhookEndpoint(
            id=new_id(),
            merchant=merchant,
            url=url,
            types=[each for each in MerchantEventType if each in types],
            is_thin=is_thin,
            secret=_new_secret(),
            created_at=clock.now(),
            read_up_to=_last_number(merchant),
            is_slow=True,
        )
        db.session.add(endpoint)
    return endpoint


def of_merchant(merchant: str) -> Sequence[WebhookEndpoint]:
    """All of one, oldest first."""
    return _all(WebhookEndpoint.merchant == merchant)


def of_all() -> Sequence[WebhookEndpoint]:
    return _all()


def find(endpoint_id: str, merchant: str | None = None) -> WebhookEndpoint:
    """As it is on record now; of that merchant, unless it may be anybody's. Raises UnknownEndpoint."""
    db.session.rollback()
    found = db.session.get(WebhookEndpoint, endpoint_id, populate_existing=True) if is_id(endpoint_id) else None
    if found is None or merchant not in (None, found.merchant):
        raise UnknownEndpoint
    return found


def rotate(endpoint_id: str, merchant: str | None = None) -> WebhookEndpoint:
    """Give it another secret. The one before signs as well for a day. Raises UnknownEndpoint."""
    find(endpoint_id, merchant)
    with writing():
        endpoint = _locked(endpoint_id)
        endpoint.secret_before, endpoint.secret = endpoint.secret, _new_secret()
        endpoint.before_until = clock.now() + rules.OVERLAP
    return endpoint


def switch_on(endpoint_id: str, merchant: str | None = None) -> WebhookEndpoint:
    """Tell it of what happens from now on; what it has missed is in the feed. Raises UnknownEndpoint."""
    find(endpoint_id, merchant)
    with writing():
        endpoint = _locked(endpoint_id)
        if endpoint.off_at:
            endpoint.off_at, endpoint.off_because, endpoint.failing_since = None, "", None
            endpoint.read_up_to = _last_number(endpoint.merchant)
    return endpoint


def switch_off(endpoint: WebhookEndpoint, reason: str) -> None:
    """Send nothing there any more until a person wants it again; the owner is told."""
    found = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id, WebhookEndpoint.off_at.is_(None))
    with writing():
        if execute(found.values(off_at=clock.now(), off_because=reason)).rowcount:
            detail = f"the webhook to {endpoint.url} was switched off: {reason}"
            owner_notices.write(Subject.WEBHOOKS, detail, f"/admin/webhooks/{endpoint.id}")
    log.error("the webhook %s was switched off: %s", endpoint.id, reason)


def remove(endpoint_id: str, merchant: str | None = None) -> None:
    """Take it away; what was to be sent there is not. Raises UnknownEndpoint."""
    find(endpoint_id, merchant)
    with writing():
        db.session.delete(_locked(endpoint_id))


def secrets(endpoint: WebhookEndpoint) -> list[str]:
    """Those that sign now, the newest first."""
    is_rotating = endpoint.secret_before and endpoint.before_until and endpoint.before_until > clock.now()
    return [endpoint.secret, endpoint.secret_before] if is_rotating and endpoint.secret_before else [endpoint.secret]


def _refusal(url: str, types: Collection[str], allowed: Sequence[Network]) -> str:
    if has_card_number(url):
        return "this address looks like a card number, and was not kept"
    if unknown := set(types) - set(MerchantEventType):
        return f"there are no events of the type {min(unknown)[:80]}"
    return rules.refusal_of_url(url, allowed)


def _refuse_more(merchant: str, url: str) -> None:
    known = db.session.scalars(select(WebhookEndpoint.url).where(WebhookEndpoint.merchant == merchant)).all()
    if url in known:
        raise ValueError("there is a webhook to this address already")
    if len(known) >= MOST:
        raise ValueError(f"a key has at most {MOST} webhooks")


def _all(*which: ColumnElement[bool]) -> Sequence[WebhookEndpoint]:
    db.session.rollback()
    return db.session.scalars(
        select(WebhookEndpoint).where(*which).order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
    ).all()


def _locked(endpoint_id: str) -> WebhookEndpoint:
    """Raises UnknownEndpoint, where it was taken away at this moment."""
    found = db.session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownEndpoint
    return found


def _last_number(merchant: str) -> int:
    """The last event of a merchant that has a number."""
    return db.session.scalar(select(MerchantFeed.last_number).where(MerchantFeed.merchant == merchant)) or 0


def _new_secret() -> str:
    """Standard Webhooks: "at least 24 bytes", in base64 behind a word by which one knows what it is."""
    return f"whsec_{b64encode(token_bytes(32)).decode()}"
