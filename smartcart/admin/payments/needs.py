"""What needs a person now: each with how much of it there is, and where it is looked after. Nothing here writes."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy import func, select

from smartcart.admin.access import COUNTED
from smartcart.admin.payments.labels import bounded
from smartcart.admin.reconciliation.labels import TITLES
from smartcart.database.counting import number_of
from smartcart.database.session import db
from smartcart.merchant_webhooks.models import WebhookEndpoint
from smartcart.moments import format_moment
from smartcart.outbox.models import IS_GIVEN_UP, Effect
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.finding_model import IS_OPEN as IS_OPEN_FINDING
from smartcart.payments.core.finding_model import NEWEST_FIRST, URGENCY, Finding
from smartcart.payments.core.models import IS_IN_STATE, NEEDS_A_PERSON, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events import watch
from smartcart.payments.gateway_events.models import IS_STUCK, GatewayEvent
from smartcart.rules.payment_states import PAID, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import IS_TO_PACK, Order

FINDINGS = (
    select(Finding.verdict, Finding.session).where(IS_OPEN_FINDING).order_by(URGENCY, NEWEST_FIRST).limit(COUNTED)
)
UNCLEAR = (
    select(
        PaymentSession.state,
        PaymentSession.attempts,
        PaymentSession.gateway,
        PaymentSession.account,
        PaymentSession.refund_failed,
    )
    .where(NEEDS_A_PERSON)
    .limit(COUNTED)
)
HELD = select(PaymentSession.expires_at).where(IS_IN_STATE[State.AUTHORIZED]).limit(COUNTED)
SAID_OF_SEVERAL = {
    "payment belongs to another account": "payments belong to another account",
    "refund has failed": "refunds have failed",
    "payment needs a person": "payments need a person",
    "sum is set aside": "sums are set aside",
    "message of the gateway could not be taken up": "messages of the gateway could not be taken up",
    "letter could not be sent": "letters could not be sent",
    "webhook was switched off": "webhooks were switched off",
    "order is to be packed": "orders are to be packed",
}


class Need(NamedTuple):
    """`handle` tells it apart, `said` says how much there is of what, `more` what else one should know, both without
    a full stop; `url` is where it is looked after."""

    handle: str
    said: str
    url: str
    more: str = ""


def needs() -> list[Need]:
    """All there is, the most urgent first."""
    return [
        *_of_payments(),
        *_of_findings(),
        *_of_held(),
        *_of_the_gateway(),
        *_of_letters(),
        *_of_webhooks(),
        *_of_goods(),
    ]


def _of_payments() -> Iterator[Need]:
    url = url_for("admin.sessions")
    elsewhere = len(gateway_accounts.tried_elsewhere(COUNTED))
    back = "Set the shop back to it until this has ended"
    yield from _need("begun-elsewhere", elsewhere, "payment belongs to another account", url, back)
    found: list[Any] = [*db.session.execute(UNCLEAR)]
    here = [session for session in found if not gateway_accounts.was_tried_elsewhere(session)]
    failed = sum(1 for session in here if session.state in PAID and session.refund_failed)
    yield from _need("refunds-failed", failed, "refund has failed", url, "The shopper is to be paid another way")
    unclear = "It has been unclear for too long"
    yield from _need("needs-person", len(here) - failed, "payment needs a person", url, unclear)


def _of_findings() -> Iterator[Need]:
    """By what they are about. Of more than `COUNTED` the least urgent are left out; it is said that there are more."""
    found = db.session.execute(FINDINGS).all()
    cut_off = "+" if len(found) == COUNTED else ""
    for verdict, number in Counter(finding.verdict for finding in found).items():
        more = _to_be_answered({finding.session for finding in found}) if verdict is Verdict.DISPUTED else ""
        yield Need(f"finding-{verdict}", f"{TITLES[verdict]}: {number}{cut_off}", url_for("inbox.index"), more)


def _to_be_answered(sessions: Collection[str]) -> str:
    first = db.session.scalar(select(func.min(PaymentSession.answer_by)).where(PaymentSession.id.in_(sessions)))
    return f"The first is to be answered by {_moment(first)}" if first else ""


def _of_held() -> Iterator[Need]:
    held = db.session.scalars(HELD).all()
    more = f"Without a word from you the first is given free on {_moment(min(held))}" if held else ""
    yield from _need("held", len(held), "sum is set aside", url_for("admin.sessions", state=State.AUTHORIZED), more)


def _of_the_gateway() -> Iterator[Need]:
    if runtime().weather.is_out:
        yield Need("gateway-out", "The gateway answers nobody", url_for("weather.index"), "Orders are kept meanwhile")
    messages, trouble = url_for("messages.index"), watch.trouble()
    if trouble:
        yield Need("events-missing", "Something is wrong with the gateway's events", messages, f"Seen: {trouble}")
    stuck = number_of(select(GatewayEvent.id).where(IS_STUCK), COUNTED)
    yield from _need("stuck-messages", stuck, "message of the gateway could not be taken up", messages)


def _of_letters() -> Iterator[Need]:
    lost = number_of(select(Effect.id).where(IS_GIVEN_UP), COUNTED)
    yield from _need("letters-given-up", lost, "letter could not be sent", url_for("letters.index"))


def _of_webhooks() -> Iterator[Need]:
    off = number_of(select(WebhookEndpoint.id).where(WebhookEndpoint.off_at.is_not(None)), COUNTED)
    yield from _need("webhooks-off", off, "webhook was switched off", url_for("merchants_webhooks.index"))


def _of_goods() -> Iterator[Need]:
    waiting = number_of(select(Order.id).where(IS_TO_PACK), COUNTED)
    yield from _need("to-pack", waiting, "order is to be packed", url_for("orders.to_pack"))


def _need(handle: str, number: int, said_of_one: str, url: str, more: str = "") -> Iterator[Need]:
    """None where there is nothing of it."""
    if number:
        said = said_of_one if number == 1 else SAID_OF_SEVERAL[said_of_one]
        yield Need(handle, f"{bounded(number)} {said}", url, more)


def _moment(at: datetime) -> str:
    return format_moment(at, runtime().settings.time_zone)
