"""What the API answers, as JSON Schema: each is a component of the description, by its name here."""

from typing import Any

from smartcart.payments.api import schemas
from smartcart.payments.api.openapi.parts import (
    COUNT,
    MAYBE_MOMENT,
    MAYBE_TEXT,
    MOMENT,
    SECONDS,
    named,
    object_of,
)
from smartcart.payments.core.refund_model import RefundState
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import Money, State

_SESSION = object_of(
    id={"type": "string"},
    status=named("State"),
    money=named("Money"),
    order={"type": "string", "description": "the `reference` it was opened with, or the number of the shop's order"},
    user={"type": "string", "description": "whose it is, as it was said when it was opened"},
    amount={**COUNT, "description": schemas.MINOR_UNITS},
    currency={"type": "string", "description": "its code in ISO 4217"},
    description={"type": "string"},
    metadata={"type": "object", "description": "as it was given when it was opened"},
    attempts={**COUNT, "description": "how many attempts have been made"},
    max_attempts=COUNT,
    can_retry={"type": "boolean", "description": "whether another attempt may begin now"},
    retry_at={**MAYBE_MOMENT, "description": "when the next attempt begins by itself"},
    cancelling={"type": "boolean", "description": "whether it ends as soon as the attempt in flight is known"},
    action_url={**MAYBE_TEXT, "description": "where the shopper confirms with the bank, while that is asked for"},
    version={**COUNT, "description": "higher with each change"},
    created_at=MOMENT,
    expires_at=MOMENT,
    expired={"type": "boolean"},
    interruption={
        **object_of(kind=named("Interruption"), at=MOMENT, message={"type": "string"}),
        "type": ["object", "null"],
        "description": "what came between the last attempt and its end",
    },
    advice={
        "enum": [*Advice, None],
        "description": "what the bank said of another try with the same card: never, later, or with right details",
    },
    not_before={**MAYBE_MOMENT, "description": "when the same card may be tried again, where the bank said so"},
    refunded={**COUNT, "description": "given back so far, counted as `amount` is"},
    refund_pending={**COUNT, "description": "on its way back; it may still fail"},
    refund_failed={**COUNT, "description": "was to go back and is with the shop still, as it did not arrive"},
    disputed={
        "type": "boolean",
        "description": "whether the shopper's bank asks about it, asks for the money back, or has got it",
    },
    dispute={
        "enum": [*DisputeStage, None],
        "description": "which of these it is; by an inquiry no money was taken so far",
    },
    refund_wanted_at={
        **MAYBE_MOMENT,
        "description": "when a shopper, whose wish to cancel came after the money was taken, asked for it back",
    },
    released={
        **object_of(at=MOMENT, message={"type": "string"}),
        "type": ["object", "null"],
        "description": "that the sum was set aside and is so no more, as it was given free or has lapsed",
    },
    pay_url={"type": "string", "description": "the page on which the shopper pays it, and sees where the money is"},
)
_ATTEMPT = object_of(
    number=COUNT,
    method={"type": "string"},
    outcome={"enum": [*OutcomeKind, None]},
    error_category={**MAYBE_TEXT, "description": "why it took no money, or is not known, in one word"},
    code={**MAYBE_TEXT, "description": "the gateway's own word for it"},
    begun_at=MOMENT,
    settled_at=MAYBE_MOMENT,
    duration=SECONDS,
)
_REFUND = object_of(
    id={"type": "string"},
    amount={**COUNT, "description": schemas.MINOR_UNITS},
    status={"enum": list(RefundState)},
    pending_reason={**MAYBE_TEXT, "description": "what the gateway waits for, in its own word"},
    reason={"type": "string"},
    actor={"type": "string"},
    requested_at=MOMENT,
    settled_at=MAYBE_MOMENT,
)
_TIMELINE_ENTRY = object_of(
    at=MOMENT,
    kind={"type": "string"},
    actor={"type": "string"},
    **{"from": {"enum": [*State, None]}},
    to={"enum": [*State, None]},
    move=MAYBE_TEXT,
    attempt={"type": ["integer", "null"]},
    interruption={"enum": [*Interruption, None]},
    detail={"type": "string"},
)
_SUMMARY = object_of(
    session=named("Session"),
    attempts={"type": "array", "items": named("Attempt")},
    interruptions={"type": "object", "additionalProperties": COUNT, "description": "how many there were of each kind"},
    refunds={"type": "array", "items": named("Refund")},
    duration=SECONDS,
    timeline={"type": "array", "items": named("TimelineEntry"), "description": "all that happened to it, in order"},
)
_ACTIVE = object_of(
    sessions={"type": "array", "items": named("Session")},
    count={**COUNT, "description": "how many this page has"},
    next={**MAYBE_TEXT, "description": "what `after` is to be for the next page; null on the last"},
)
_EVENT = object_of(
    number={"type": "integer", "minimum": 1},
    id={"type": "string", "description": "what tells events apart; a webhook's `webhook-id` is the same"},
    type=named("EventType"),
    created_at=MOMENT,
    data={**object_of(session=named("Session")), "description": "the session as it was then"},
)
_EVENTS = object_of(
    events={"type": "array", "items": named("Event")},
    next={**COUNT, "description": "the last number of this answer: what `after` is to be in the next request"},
    epoch={
        "type": "string",
        "description": "another one after a backup was restored: numbers before are of other events then, so read anew",
    },
)
_WEBHOOK = object_of(
    id={"type": "string"},
    url={"type": "string"},
    types={
        "type": "array",
        "items": named("EventType"),
        "description": "of which events it is told; of all where there are none",
    },
    thin={"type": "boolean", "description": "whether it is told the session's id alone"},
    created_at=MOMENT,
    failing_since={**MAYBE_MOMENT, "description": "since when nothing could be delivered"},
    off_at={**MAYBE_MOMENT, "description": "when it was switched off"},
    off_because={"type": "string"},
)
_WEBHOOK_WITH_SECRET = object_of(
    **_WEBHOOK["properties"],
    secret={"type": "string", "description": "by which its events are signed; it is shown this once"},
)
_PROBLEM = object_of(
    type={"type": "string"},
    title={"type": "string"},
    status={"type": "integer"},
    detail={"type": "string", "description": "a sentence for a person"},
    code={"type": "string", "description": "what a program goes by; each call lists those that it may answer"},
)
_PROBLEM["properties"] |= {
    "money": named("Money"),
    "oldest": {**COUNT, "description": "of events that are gone: the oldest number that is kept"},
    "epoch": {"type": "string", "description": "of events that are gone: as in the answer with events"},
    "errors": {
        "type": "array",
        "items": object_of(field={"type": "string"}, detail={"type": "string"}),
        "description": "of bad fields: each with what is wrong with it",
    },
}
ANSWERS: dict[str, dict[str, Any]] = {
    "State": {
        "type": "string",
        "enum": list(State),
        "description": "where a session stands; what is true of the money is said by `money`",
    },
    "Money": {
        "type": "string",
        "enum": list(Money),
        "description": (
            "the truth about the money of a session. While it is `checking` nobody knows: ask again, and charge nothing"
            " anew"
        ),
    },
    "Interruption": {
        "type": "string",
        "enum": list(Interruption),
        "description": "what came between an attempt and its end",
    },
    "EventType": {"type": "string", "enum": list(MerchantEventType), "description": "what an event tells of"},
    "Session": _SESSION,
    "Attempt": _ATTEMPT,
    "Refund": _REFUND,
    "TimelineEntry": _TIMELINE_ENTRY,
    "Summary": _SUMMARY,
    "ActiveSessions": _ACTIVE,
    "Event": _EVENT,
    "Events": _EVENTS,
    "Webhook": _WEBHOOK,
    "WebhookWithSecret": _WEBHOOK_WITH_SECRET,
    "Webhooks": object_of(webhooks={"type": "array", "items": named("Webhook")}),
    "Problem": _PROBLEM,
}
