"""What all paths of the OpenAPI description are put together from."""

from typing import Any

from smartcart.ids import PATTERN
from smartcart.payments.api.schemas import StrictBody

MOMENT = {"type": "string", "format": "date-time"}
MAYBE_MOMENT = {"type": ["string", "null"], "format": "date-time"}
COUNT = {"type": "integer", "minimum": 0}
MAYBE_TEXT = {"type": ["string", "null"]}
SECONDS = {"type": "number", "description": "seconds"}
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
KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}


def object_of(**properties: Any) -> dict[str, Any]:
    """An object of which every property is always there."""
    return {"type": "object", "required": list(properties), "properties": properties}


def schema_of(body: type[StrictBody]) -> dict[str, Any]:
    return body.model_json_schema()


def get(
    title: str, answers: dict[int, str], schema: dict[str, Any] | None = None, parameters: list[Any] | None = None
) -> dict[str, Any]:
    return {
        "get": {
            "summary": title,
            "parameters": [_ID] if parameters is None else parameters,
            "responses": _responses(answers, schema),
        }
    }


def post(
    title: str,
    answers: dict[int, str],
    body: dict[str, Any],
    parameters: list[Any] | None = None,
    schema: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "post": {
            "summary": title,
            "parameters": [_ID, KEY] if parameters is None else parameters,
            "requestBody": {
                "required": "oneOf" in body or bool(body.get("required")),
                "content": {"application/json": {"schema": body}},
            },
            "responses": _responses(answers, schema),
        }
    }


def _responses(answers: dict[int, str], schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {str(status): _response(status, text, schema) for status, text in sorted({**_ALWAYS, **answers}.items())}


def _response(status: int, text: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    if status in (204, 304):
        return {"description": text}
    if status >= 400:
        return {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    answer = schema or {"$ref": "#/components/schemas/Session"}
    return {"description": text, "content": {"application/json": {"schema": answer}}}
