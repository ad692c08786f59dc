"""One try to deliver: the request, without any transaction open, and what is written down of it.

A process that dies between the answer and that comes back to it, with the same `webhook-id`: by that a receiver knows
what it has already.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import update

from smartcart import clock, work_queue
from smartcart.database.session import db, execute, writing
from smartcart.merchant_webhooks import deliveries, endpoints, requests, sending
from smartcart.merchant_webhooks.models import DeliveryFate, WebhookDelivery, WebhookEndpoint
from smartcart.merchant_webhooks.sending import Answer, NoAnswer
from smartcart.payments.api import keys
from smartcart.payments.core.runtime import runtime
from smartcart.rules import merchant_webhooks as rules
from smartcart.rules.card_numbers import has_card_number
from smartcart.work_queue import Claim

# Longer than a request may take (sending.WHOLE), with the looking up of a name, which nothing can end: 30 s are the
# usual resolver's two tries at three servers.
LEASE = 60.0
LONGEST_PROBLEM = 300
KEY_REVOKED = "its API key was revoked"


def attempt(claim: Claim) -> None:
    """Send one delivery, if its endpoint still wants it and may be told. Raises the database's faults."""
    delivery = deliveries.find(int(claim.id))
    endpoint = db.session.get(WebhookEndpoint, delivery.endpoint_id) if delivery else None
    text = requests.body(delivery) if delivery else None
    is_revoked = endpoint is not None and keys.is_revoked(endpoint.merchant)
    db.session.expunge_all()  # as they are now: to look at them again would begin a transaction
    db.session.rollback()
    if delivery is None or endpoint is None:
        _give_up(claim, "the webhook was taken away")
    elif endpoint.off_at:
        _give_up(claim, "the webhook was switched off")
    elif is_revoked:
        endpoints.switch_off(endpoint, KEY_REVOKED)
        _give_up(claim, KEY_REVOKED)
    elif text is None:
        _give_up(claim, "the event is no longer kept")
    else:
        _send(claim, endpoint, delivery, text)


def _give_up(claim: Claim, problem: str) -> None:
    work_queue.done(claim, fate=DeliveryFate.GIVEN_UP, problem=problem)


def _send(claim: Claim, endpoint: WebhookEndpoint, delivery: WebhookDelivery, text: str) -> None:
    now, begun = clock.now(), monotonic()
    request = requests.signed(endpoint, delivery, text, now)
    tried: dict[str, Any] = {"tried_at": now, "url": endpoint.url}
    try:
        answer = sending.post(endpoint.url, request.headers, text.encode(), runtime().settings.webhook_targets)
    except NoAnswer as failure:
        tried |= {"status": None, "answer": "", "problem": str(failure)[:LONGEST_PROBLEM]}
    else:
        problem = "" if rules.is_taken(answer.status) else f"it answered {answer.status}"
        tried |= {"status": answer.status, "answer": _kept(answer, endpoint), "problem": problem}
    tried["took"] = monotonic() - begun
    _write_down(claim, endpoint, delivery, tried)


def _kept(answer: Answer, endpoint: WebhookEndpoint) -> str:
    """What an admin may read of it: what a receiver sends back may hold anything."""
    text = "".join(each for each in answer.text if each.isprintable() or each in "\n\t")
    for secret in endpoints.secrets(endpoint):
        text = text.replace(secret, "***").replace(secret.removeprefix("whsec_"), "***")
    return "(not kept: it holds what looks like a card number)" if has_card_number(text) else text


def _write_down(claim: Claim, endpoint: WebhookEndpoint, delivery: WebhookDelivery, tried: dict[str, Any]) -> None:
    if not tried["problem"]:
        work_queue.done(claim, fate=DeliveryFate.DELIVERED, tries=delivery.tries + 1, **tried)
        _is_well(endpoint, is_slow=tried["took"] > rules.SLOW)
        return
    tries = delivery.tries + 1
    if (wait := rules.wait_after(tries)) is None:
        work_queue.done(claim, fate=DeliveryFate.GIVEN_UP, tries=tries, **tried)
    else:
        work_queue.again_later(claim, tries, wait, wait, **tried)
    _is_unwell(endpoint, clock.now(), tried["status"])


def _is_well(endpoint: WebhookEndpoint, is_slow: bool) -> None:
    """It costs a write where that is news."""
    if endpoint.failing_since or endpoint.is_slow is not is_slow:
        _mark(endpoint, is_slow=is_slow, failing_since=None)
    if endpoint.failing_since:
        deliveries.bring_forward(endpoint.id, clock.now() + timedelta(seconds=LEASE))


def _is_unwell(endpoint: WebhookEndpoint, now: datetime, status: int | None) -> None:
    failing_since = endpoint.failing_since or now
    if not (endpoint.failing_since and endpoint.is_slow):
        _mark(endpoint, is_slow=True, failing_since=failing_since)
    if status == rules.GONE:
        endpoints.switch_off(endpoint, "it answered 410 Gone: nobody wants events there any more")
    elif rules.fails_for_too_long(failing_since, now):
        endpoints.switch_off(endpoint, f"nothing could be delivered for {rules.FAILING_FOR.days} days")


def _mark(endpoint: WebhookEndpoint, **values: Any) -> None:
    with writing():
        execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id).values(values))
