"""The OpenAPI description of the API, built from the same bodies that the API checks."""

from typing import Any

from smartcart.payments.api import openapi_webhooks, schemas
from smartcart.payments.api.openapi_parts import (
    COUNT,
    KEY,
    MAYBE_MOMENT,
    MAYBE_TEXT,
    MOMENT,
    SECONDS,
    get,
    object_of,
    post,
    schema_of,
)
from smartcart.payments.core.merchant_feed import LARGEST_NUMBER
from smartcart.payments.core.refund_model import RefundState
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import OPEN, Money, State

PREFIX = "/api/payments"
SESSION = f"{PREFIX}/session/{{id}}"


def description() -> dict[str, Any]:
    """The whole API as OpenAPI 3.1 has it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "SmartCart payments", "version": "1", "description": __doc__},
        "security": [{"key": []}, {"cookie": []}],
        "paths": {
            f"{PREFIX}/session/create": post(
                "Open a payment session, or get the open one",
                {
                    201: "opened",
                    200: "was open already",
                    404: "no such order",
                    409: "already_paid; or different_sum: the open one is of another sum or currency, cancel it first",
                },
                {"oneOf": [schema_of(schemas.CreateForOrder), schema_of(schemas.CreateForMerchant)]},
                [KEY],
            ),
            SESSION: get("The session", {200: "the session", 304: "unchanged"}),
            f"{SESSION}/summary": get("The session with its attempts and timeline", {200: "all of it"}, _SUMMARY),
            f"{SESSION}/pay": post("Make the first attempt", _STARTS, schema_of(schemas.Pay)),
            f"{SESSION}/resume": post("Make the next attempt", _STARTS, schema_of(schemas.Resume)),
            f"{SESSION}/complete": post(
                "Ask the gateway whether it is paid", {200: "paid", 409: "not paid"}, schema_of(schemas.Complete)
            ),
            f"{SESSION}/cancel": post(
                "Cancel",
                {200: "cancelled", 202: "cancelled once the attempt in flight is known", 409: "paid already"},
                schema_of(schemas.Cancel),
            ),
            f"{SESSION}/refund": post(
                "Give money back, for the admin",
                {
                    200: "given back",
                    202: "under way: the gateway has not said yet whether it is given back",
                    409: "nothing_to_return, too_much_to_return, other_gateway or refund_refused",
                },
                schema_of(schemas.Refund),
            ),
            f"{SESSION}/interrupt": post(
                "Tell of an interruption", {202: "written down"}, schema_of(schemas.Interrupt)
            ),
            f"{PREFIX}/sessions/active": get(
                "The open sessions, for the admin", {200: "a page of them"}, _ACTIVE, _ACTIVE_PARAMETERS
            ),
            f"{PREFIX}/events": get(
                "What happened to the payments of a key, in order and without gaps",
                {200: "a page of it", 410: "gone: `after` is before the oldest number that is kept, or after the last"},
                _EVENTS,
                _EVENTS_PARAMETERS,
            ),
            **openapi_webhooks.paths(f"{PREFIX}/webhooks"),
            f"{PREFIX}/openapi.json": get("This description", {200: "this"}, {"type": "object"}, []),
        },
        "components": {
            "schemas": {"Session": _SESSION, "Problem": _PROBLEM},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "smartcart"},
            },
        },
    }


_STARTS = {
    202: "the attempt is under way",
    403: "refused_by_shop: a fraud rule refuses it; nothing was begun, and no attempt was used",
    409: "not now: outcome_unknown, attempts_used_up, in_progress or closed",
    410: "expired",
    429: "slow_down: too much was tried in a short time; Retry-After says in how many seconds it may be tried again",
    503: (
        "busy: no attempt can begin at this moment, and none was used; gateway_out: the same, as the gateway answers"
        " nobody now; or database_unavailable"
    ),
}
_ACTIVE_PARAMETERS = [
    {"name": "status", "in": "query", "schema": {"enum": sorted(OPEN)}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    {"name": "after", "in": "query", "schema": {"type": "string"}},
]
_EVENTS_PARAMETERS = [
    {
        "name": "after",
        "in": "query",
        "description": "the `next` of the answer before; without it the events begin with the oldest that is kept",
        "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER},
    },
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
]
_SESSION = object_of(
    id={"type": "string"},
    status={"enum": list(State)},
    money={"enum": list(Money)},
    order={"type": "string"},
    user={"type": "string"},
    amount={**COUNT, "description": schemas.MINOR_UNITS},
    currency={"type": "string"},
    description={"type": "string"},
    metadata={"type": "object"},
    attempts=COUNT,
    max_attempts=COUNT,
    can_retry={"type": "boolean"},
    retry_at=MAYBE_MOMENT,
    cancelling={"type": "boolean"},
    action_url=MAYBE_TEXT,
    version=COUNT,
    created_at=MOMENT,
    expires_at=MOMENT,
    expired={"type": "boolean"},
    interruption={
        **object_of(kind={"enum": list(Interruption)}, at=MOMENT, message={"type": "string"}),
        "type": ["object", "null"],
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
    pay_url={"type": "string"},
)
_ATTEMPT = object_of(
    number=COUNT,
    method={"type": "string"},
    outcome={"enum": [*OutcomeKind, None]},
    error_category=MAYBE_TEXT,
    code=MAYBE_TEXT,
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
_EVENT = object_of(
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
    session={"$ref": "#/components/schemas/Session"},
    attempts={"type": "array", "items": _ATTEMPT},
    interruptions={"type": "object", "additionalProperties": COUNT},
    refunds={"type": "array", "items": _REFUND},
    duration=SECONDS,
    timeline={"type": "array", "items": _EVENT},
)
_ACTIVE = object_of(
    sessions={"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
    count=COUNT,
    next=MAYBE_TEXT,
)
_EVENTS = object_of(
    events={
        "type": "array",
        "items": object_of(
            number={"type": "integer", "minimum": 1},
            id={"type": "string"},
            type={"enum": list(MerchantEventType)},
            created_at=MOMENT,
            data={
                **object_of(session={"$ref": "#/components/schemas/Session"}),
                "description": "the session as it was then",
            },
        ),
    },
    next={**COUNT, "description": "the last number of this answer: what `after` is to be in the next request"},
    epoch={
        "type": "string",
        "description": "another one after a backup was restored: numbers before are of other events then, so read anew",
    },
)
_PROBLEM = object_of(
    type={"type": "string"},
    title={"type": "string"},
    status={"type": "integer"},
    detail={"type": "string"},
    code={"type": "string"},
)
_PROBLEM["properties"] |= {
    "money": {"enum": list(Money), "description": "where a session is concerned"},
    "oldest": {**COUNT, "description": "of events that are gone: the oldest number that is kept"},
    "epoch": {"type": "string", "description": "of events that are gone: as in the answer with events"},
    "errors": {
        "type": "array",
        "items": object_of(field={"type": "string"}, detail={"type": "string"}),
        "description": "of bad fields: each with what is wrong with it",
    },
}
