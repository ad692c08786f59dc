"""What all calls of the OpenAPI description are put together from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from typing import Any

from smartcart.ids import PATTERN
from smartcart.payments.api.openapi.examples import SESSION_ID
from smartcart.payments.api.openapi.problems import ANY, PROBLEMS, Known

MOMENT = {"type": "string", "format": "date-time"}
MAYBE_MOMENT = {"type": ["string", "null"], "format": "date-time"}
COUNT = {"type": "integer", "minimum": 0}
MAYBE_TEXT = {"type": ["string", "null"]}
SECONDS = {"type": "number", "description": "seconds"}

ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the session's `id`",
    "schema": {"type": "string", "pattern": f"^{PATTERN}$"},
    "example": SESSION_ID,
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "Any text of your own, such as `order-17-refund-1`. The same key with the same request is carried out once,"
        " however often it is sent, and gets the same answer for 24 hours: send it again when an answer was lost."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "order-17",
}
# Who may call.
BY_KEY: list[dict[str, Any]] = [{"key": []}]
BY_KEY_OR_COOKIE = [*BY_KEY, {"cookie": []}]
BY_ANYBODY: list[dict[str, Any]] = []
# RFC 9110 §10.2.3, in seconds. A twin of a request that is at work has it too (409 in_progress).
_RETRY_AFTER = {
    "description": "so many seconds later another try may do better",
    "schema": {"type": "integer", "minimum": 1},
}
_WITH_RETRY_AFTER = (409, 429, 503)
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """An answer that is no problem: what it means, its schema's name, examples by their names, its headers."""

    meaning: str
    schema: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Takes:
    """A body: the names of the schemas that it fits one of, and examples by their names."""

    schemas: tuple[str, ...]
    examples: Mapping[str, dict[str, Any]]
    required: bool = True


@dataclass(frozen=True)
class Call:
    """One operation. `refuses` are the codes of all problems that it can answer."""

    id: str
    tag: str
    title: str
    description: str
    answers: Mapping[int, Answer]
    refuses: Iterable[str]
    takes: Takes | None = None
    parameters: tuple[dict[str, Any], ...] = (ID,)
    security: list[dict[str, Any]] = field(default_factory=lambda: BY_KEY_OR_COOKIE)

    def described(self) -> dict[str, Any]:
        """Returns it as OpenAPI has it."""
        body = {"requestBody": _body(self.takes)} if self.takes else {}
        return {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.title,
            "description": self.description,
            "security": self.security,
            "parameters": list(self.parameters),
            **body,
            "responses": {**_answers(self.answers), **_problems([*ANY, *self.refuses])},
        }


def object_of(**properties: Any) -> dict[str, Any]:
    """An object of which every property is always there."""
    return {"type": "object", "required": list(properties), "properties": properties}


def named(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def shown(examples: Mapping[str, Any]) -> dict[str, Any]:
    """Examples by their names, each with its name as a sentence."""
    return {name: {"summary": name.replace("_", " "), "value": value} for name, value in examples.items()}


def _body(takes: Takes) -> dict[str, Any]:
    schemas = [named(schema) for schema in takes.schemas]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {
        "required": takes.required,
        "content": {"application/json": {"schema": schema, "examples": shown(takes.examples)}},
    }


def _answers(answers: Mapping[int, Answer]) -> dict[str, Any]:
    return {str(status): _answer(status, answer) for status, answer in sorted(answers.items())}


def _answer(status: int, answer: Answer) -> dict[str, Any]:
    headers = {"headers": dict(answer.headers)} if answer.headers else {}
    if status in _WITHOUT_BODY:
        return {"description": answer.meaning, **headers}
    content = {"schema": named(answer.schema), "examples": shown(answer.examples)}
    return {"description": answer.meaning, **headers, "content": {"application/json": content}}


def _problems(codes: Iterable[str]) -> dict[str, Any]:
    known = sorted((PROBLEMS[code] for code in {*codes}), key=lambda each: (each.status, each.code))
    return {
        str(status): _problem(status, list(of_status))
        for status, of_status in groupby(known, key=lambda each: each.status)
    }


def _problem(status: int, known: list[Known]) -> dict[str, Any]:
    content = {
        "schema": named("Problem"),
        "examples": {each.code: {"$ref": f"#/components/examples/{each.code}"} for each in known},
    }
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in _WITH_RETRY_AFTER else {}
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{each.code}`' for each in known)}",
        **headers,
        "content": {"application/problem+json": content},
    }
