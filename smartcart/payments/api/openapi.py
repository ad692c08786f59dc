"""The OpenAPI description of the API, built from the same bodies that the API checks."""

from typing import Any

from smartcart.ids import PATTERN
from smartcart.payments.api import schemas
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
            f"{PREFIX}/session/create": _post(
                "Open a payment session, or get the open one",
                {
                    201: "opened",
                    200: "was open already",
                    404: "no such order",
                    409: "already_paid; or different_sum: the open one is of another sum or currency, cancel it first",
                },
                {"oneOf": [_schema(schemas.CreateForOrder), _schema(schemas.CreateForMerchant)]},
                on_session=False,
            ),
            SESSION: _get("The session", {200: "the session", 304: "unchanged"}),
            f"{SESSION}/summary": _get("The session with its attempts and timeline", {200: "all of it"}, _SUMMARY),
            f"{SESSION}/pay": _post("Make the first attempt", _STARTS, _schema(schemas.Pay)),
            f"{SESSION}/resume": _post("Make the next attempt", _STARTS, _schema(schemas.Resume)),
            f"{SESSION}/complete": _post(
                "Ask the gateway whether it is paid", {200: "paid", 409: "not paid"}, _schema(schemas.Complete)
            ),
            f"{SESSION}/cancel": _post(
                "Cancel",
                {200: "cancelled", 202: "cancelled once the attempt in flight is known", 409: "paid already"},
                _schema(schemas.Cancel),
            ),
            f"{SESSION}/refund": _post(
                "Give money back, for the admin",
                {
                    200: "given back",
                    202: "under way: the gateway has not said yet whether it is given back",
                    409: "nothing_to_return, too_much_to_return, other_gateway or refund_refused",
                },
                _schema(schemas.Refund),
            ),
            f"{SESSION}/interrupt": _post("Tell of an interruption", {202: "written down"}, _schema(schemas.Interrupt)),
            f"{PREFIX}/sessions/active": _get(
                "The open sessions, for the admin", {200: "a page of them"}, _ACTIVE, _ACTIVE_PARAMETERS
            ),
            f"{PREFIX}/events": _get(
                "What happened to the payments of a key, in order and without gaps",
                {200: "a page of it", 410: "gone: `after` is before the oldest number that is kept, or after the last"},
                _EVENTS,
                _EVENTS_PARAMETERS,
            ),
            f"{PREFIX}/openapi.json": _get("This description", {200: "this"}, {"type": "object"}, []),
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
    409: "not now: outcome_unknown, attempts_used_up, in_progress or closed",
    410: "expired",
    503: "busy: no attempt can begin at this moment, and none was used; or database_unavailable",
}
# Any request may be answered with one of these.
_ALWAYS = {
    400: "bad JSON, or a missing CSRF token",
    401: "no or an unknown key",
    403: "not allowed",
    404: "no such session",
    413: "too large",
    422: "bad fields, each named",
    429: "too many requests",
    503: "database_unavailable: what was begun goes on, and is charged once at most; ask again soon",
}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{PATTERN}$"}}
_KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
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
_MOMENT = {"type": "string", "format": "date-time"}
_MAYBE_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_TEXT = {"type": ["string", "null"]}
_SECONDS = {"type": "number", "description": "seconds"}


def _object(**properties: Any) -> dict[str, Any]:
    """An object of which every property is always there."""
    return {"type": "object", "required": list(properties), "properties": properties}


_SESSION = _object(
    id={"type": "string"},
    status={"enum": list(State)},
    money={"enum": list(Money)},
    order={"type": "string"},
    user={"type": "string"},
    amount={**_COUNT, "description": schemas.MINOR_UNITS},
    currency={"type": "string"},
    description={"type": "string"},
    metadata={"type": "object"},
    attempts=_COUNT,
    max_attempts=_COUNT,
    can_retry={"type": "boolean"},
    retry_at=_MAYBE_MOMENT,
    cancelling={"type": "boolean"},
    action_url=_MAYBE_TEXT,
    version=_COUNT,
    created_at=_MOMENT,
    expires_at=_MOMENT,
    expired={"type": "boolean"},
    interruption={
        **_object(kind={"enum": list(Interruption)}, at=_MOMENT, message={"type": "string"}),
        "type": ["object", "null"],
    },
    advice={
        "enum": [*Advice, None],
        "description": "what the bank said of another try with the same card: never, later, or with right details",
    },
    not_before={**_MAYBE_MOMENT, "description": "when the same card may be tried again, where the bank said so"},
    refunded={**_COUNT, "description": "given back so far, counted as `amount` is"},
    refund_pending={**_COUNT, "description": "on its way back; it may still fail"},
    refund_failed={**_COUNT, "description": "was to go back and is with the shop still, as it did not arrive"},
    disputed={
        "type": "boolean",
        "description": "whether the shopper's bank asks about it, asks for the money back, or has got it",
    },
    dispute={
        "enum": [*DisputeStage, None],
        "description": "which of these it is; by an inquiry no money was taken so far",
    },
    refund_wanted_at={
        **_MAYBE_MOMENT,
        "description": "when a shopper, whose wish to cancel came after the money was taken, asked for it back",
    },
    pay_url={"type": "string"},
)
_ATTEMPT = _object(
    number=_COUNT,
    method={"type": "string"},
    outcome={"enum": [*OutcomeKind, None]},
    error_category=_MAYBE_TEXT,
    code=_MAYBE_TEXT,
    begun_at=_MOMENT,
    settled_at=_MAYBE_MOMENT,
    duration=_SECONDS,
)
_REFUND = _object(
    id={"type": "string"},
    amount={**_COUNT, "description": schemas.MINOR_UNITS},
    status={"enum": list(RefundState)},
    pending_reason={**_MAYBE_TEXT, "description": "what the gateway waits for, in its own word"},
    reason={"type": "string"},
    actor={"type": "string"},
    requested_at=_MOMENT,
    settled_at=_MAYBE_MOMENT,
)
_EVENT = _object(
    at=_MOMENT,
    kind={"type": "string"},
    actor={"type": "string"},
    **{"from": {"enum": [*State, None]}},
    to={"enum": [*State, None]},
    move=_MAYBE_TEXT,
    attempt={"type": ["integer", "null"]},
    interruption={"enum": [*Interruption, None]},
    detail={"type": "string"},
)
_SUMMARY = _object(
    session={"$ref": "#/components/schemas/Session"},
    attempts={"type": "array", "items": _ATTEMPT},
    interruptions={"type": "object", "additionalProperties": _COUNT},
    refunds={"type": "array", "items": _REFUND},
    duration=_SECONDS,
    timeline={"type": "array", "items": _EVENT},
)
_ACTIVE = _object(
    sessions={"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
    count=_COUNT,
    next=_MAYBE_TEXT,
)
_EVENTS = _object(
    events={
        "type": "array",
        "items": _object(
            number={"type": "integer", "minimum": 1},
            id={"type": "string"},
            type={"enum": list(MerchantEventType)},
            created_at=_MOMENT,
            data={
                **_object(session={"$ref": "#/components/schemas/Session"}),
                "description": "the session as it was then",
            },
        ),
    },
    next={**_COUNT, "description": "the last number of this answer: what `after` is to be in the next request"},
    epoch={
        "type": "string",
        "description": "another one after a backup was restored: numbers before are of other events then, so read anew",
    },
)
_PROBLEM = _object(
    type={"type": "string"},
    title={"type": "string"},
    status={"type": "integer"},
    detail={"type": "string"},
    code={"type": "string"},
)
_PROBLEM["properties"] |= {
    "money": {"enum": list(Money), "description": "where a session is concerned"},
    "oldest": {**_COUNT, "description": "of events that are gone: the oldest number that is kept"},
    "epoch": {"type": "string", "description": "of events that are gone: as in the answer with events"},
    "errors": {
        "type": "array",
        "items": _object(field={"type": "string"}, detail={"type": "string"}),
        "description": "of bad fields: each with what is wrong with it",
    },
}


def _schema(body: type[schemas.StrictBody]) -> dict[str, Any]:
    return body.model_json_schema()


def _get(
    title: str, answers: dict[int, str], schema: dict[str, Any] | None = None, parameters: list[Any] | None = None
) -> dict[str, Any]:
    return {
        "get": {
            "summary": title,
            "parameters": [_ID] if parameters is None else parameters,
            "responses": _responses(answers, schema),
        }
    }


def _post(title: str, answers: dict[int, str], body: dict[str, Any], on_session: bool = True) -> dict[str, Any]:
    return {
        "post": {
            "summary": title,
            "parameters": [_ID, _KEY] if on_session else [_KEY],
            "requestBody": {
                "required": "oneOf" in body or bool(body.get("required")),
                "content": {"application/json": {"schema": body}},
            },
            "responses": _responses(answers),
        }
    }


def _responses(answers: dict[int, str], schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {str(status): _response(status, text, schema) for status, text in sorted({**_ALWAYS, **answers}.items())}


def _response(status: int, text: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    if status == 304:
        return {"description": text}
    if status >= 400:
        return {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    answer = schema or {"$ref": "#/components/schemas/Session"}
    return {"description": text, "content": {"application/json": {"schema": answer}}}
