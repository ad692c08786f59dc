"""What openapi.json says of each call, to hold answers against."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from werkzeug.test import TestResponse

from smartcart.payments.api.openapi import description

WITHOUT_BODY = (204, 304)
# What Werkzeug answers to If-Match (RFC 9110 §13.1.1), of which the description does not speak.
UNASKED = 412


@cache
def api() -> dict[str, Any]:
    return description()


@cache
def calls() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By operation id: method, path, and what is said of it."""
    return {
        said["operationId"]: (method.upper(), path, said)
        for path, methods in api()["paths"].items()
        for method, said in methods.items()
    }


def call_at(method: str, path: str) -> str:
    """The operation id of what is asked for there; empty where it is none of the description."""
    found = [
        name
        for name, (asked_by, template, _) in calls().items()
        if asked_by == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
    ]
    return min(found, key=lambda name: "{" in calls()[name][1], default="")


def request_example(name: str, example: str) -> Any:
    return _content(calls()[name][2]["requestBody"], "application/json")["examples"][example]["value"]


def request_examples(name: str) -> list[str]:
    """The names of all examples of a call's body."""
    return list(_content(calls()[name][2].get("requestBody", {}), "application/json").get("examples", {}))


def answer_examples(name: str, status: int) -> dict[str, Any]:
    """The examples of an answer that is no problem, by their names."""
    answer = calls()[name][2]["responses"][str(status)]
    return {key: each["value"] for key, each in _content(answer, "application/json").get("examples", {}).items()}


def good_answers(name: str) -> set[tuple[int, str]]:
    """The status and the example's name of all answers that are no problem; without a name where it has no example."""
    found = set()
    for status in (status for status in map(int, calls()[name][2]["responses"]) if status < 400):
        found |= {(status, example) for example in answer_examples(name, status) or [""]}
    return found


def problem_codes(name: str) -> dict[str, int]:
    """The codes of all problems that a call says it can answer, with the status of each."""
    return {
        code: int(status)
        for status, answer in calls()[name][2]["responses"].items()
        if int(status) >= 400
        for code in _content(answer, "application/problem+json")["examples"]
    }


def problem_example(code: str) -> dict[str, Any]:
    found: dict[str, Any] = api()["components"]["examples"][code]["value"]
    return found


def hold(method: str, path: str, answer: TestResponse) -> None:
    """Assert that an answer is one that the description has for its call, if it is a call of it."""
    if answer.status_code == UNASKED or not (name := call_at(method, path)):
        return
    assert answer.status_code < 400 or problem_codes(name).get(answer.get_json()["code"]) == answer.status_code, (
        f"{name} answers {answer.status_code} {answer.text}, which openapi.json does not say of it"
    )
    if answer.status_code not in WITHOUT_BODY:
        _fits(name, answer.status_code, answer.mimetype).validate(answer.get_json())


def hold_body(name: str, status: int, body: str) -> None:
    """Assert that a call's description has an answer of this status, and that a body is of its form."""
    if status not in WITHOUT_BODY:
        _fits(name, status, "application/json").validate(json.loads(body))


def examples_of(name: str) -> Iterator[tuple[Any, Any]]:
    """What each example of a call is to fit, and the example."""
    _, _, said = calls()[name]
    for part in (said.get("requestBody", {}), *said["responses"].values()):
        for content in part.get("content", {}).values():
            for example in content["examples"].values():
                yield _validator(content["schema"]), _value(example)
    for parameter in said["parameters"]:
        if "example" in parameter:
            yield _validator(parameter["schema"]), parameter["example"]


def _value(example: dict[str, Any]) -> Any:
    return problem_example(example["$ref"].rpartition("/")[2]) if "$ref" in example else example["value"]


@cache
def _fits(name: str, status: int, media_type: str) -> Any:
    answers = calls()[name][2]["responses"]
    assert str(status) in answers, f"{name} answers {status}, which openapi.json does not say of it"
    return _validator(_content(answers[str(status)], media_type)["schema"])


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": api()["components"]}, validate_formats=True)


def _content(part: dict[str, Any], media_type: str) -> dict[str, Any]:
    return dict(part.get("content", {}).get(media_type, {}))
