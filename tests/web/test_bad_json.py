"""Every call of the API with broken JSON, JSON of the wrong shape, and invalid fields."""

import json
from typing import Any

from tests.support.databases import ON_BOTH
from tests.web.scene import BODIES, OF_API, Scene

NO_JSON = [
    b"{",
    b"}",
    b"{'method': 'x'}",
    b'{"a": 1,}',
    b"{a: 1}",
    b'{"a": 1} {}',
    b'{"a": 01}',
    b'"\xff"',
    b"\xff\xfe\x00",
    b"\x00",
    b"nul",
    b"undefined",
    b"<xml/>",
    b"a=1&b=2",
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
]
NO_OBJECT = [b"[]", b"[{}]", b"1", b"-1.5e3", b'"text"', b'"\\ud800"', b"null", b"true", b"NaN", b"-Infinity"]
# JSON objects, and still nothing that any call takes.
NO_FIELDS: list[Any] = [
    {"": ""},
    {"\0": 1},
    {"\ud800": 1},
    {"x" * 10_000: 1},
    {"__proto__": {}},
    {"unknown": [[[[[]]]]]},
    {str(number): number for number in range(500)},
]
# Neither a text that any field takes nor an amount.
NO_TEXT_OR_NUMBER: list[Any] = [None, True, 1.5, -1, 10**400, [], {}, "\ud800", "a\0b", "x" * 10_000]
# Without a method, the last one is used again; without an amount, all that is left goes back.
MAY_BE_NULL = {("payments_api.resume", "method"), ("payments_api.refund", "amount")}


def test_every_call_has_a_right_body(scene: Scene) -> None:
    calls = {rule.endpoint for rule in scene.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert set(BODIES) == {endpoint for endpoint in calls if endpoint.startswith(OF_API)}


def test_what_is_no_json_object_is_400_and_changes_nothing(scene: Scene) -> None:
    before = scene.books()
    for endpoint in BODIES:
        for body in NO_JSON + NO_OBJECT:
            for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
                response = scene.send(endpoint, _path(scene, endpoint), "POST", data=body, content_type=content_type)
                assert response.status_code == 400, f"{endpoint} {body[:40]!r}"
                assert response.mimetype == "application/problem+json"
                assert response.get_json()["code"] == "bad_json"
    assert scene.books() == before


def test_unknown_fields_are_422_and_named(scene: Scene) -> None:
    before = scene.books()
    for endpoint, right in BODIES.items():
        for fields in NO_FIELDS:
            response = scene.send(endpoint, _path(scene, endpoint), "POST", json={**right, **fields})
            assert response.status_code == 422, f"{endpoint} {str(fields)[:40]!r}"
            problem = response.get_json()
            assert problem["code"] == "bad_fields"
            assert problem["errors"]
            assert len(response.data) < 10_000
    assert scene.books() == before


@ON_BOTH
def test_every_field_of_every_call_refuses_other_types(scene: Scene) -> None:
    before = scene.books()
    for endpoint, right in BODIES.items():
        for name, value in right.items():
            for other in [*NO_TEXT_OR_NUMBER, [value], {"a": value}]:
                if (endpoint, name) in MAY_BE_NULL and other is None:
                    continue
                response = scene.send(endpoint, _path(scene, endpoint), "POST", json={**right, name: other})
                assert response.status_code == 422, f"{endpoint} {name}={other!r:.40}"
                assert response.get_json()["detail"].startswith(name)
    assert scene.books() == before


def test_numbers_that_json_does_not_have_are_refused(scene: Scene) -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "-0.0", "4200.0", "42e2"):
        body = f'{{"reference": "B-1", "amount": {number}, "currency": "EUR"}}'
        response = scene.send("payments_api.create", _path(scene, "payments_api.create"), "POST", data=body)
        assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "amount"), number


def test_a_field_that_is_given_twice_is_refused(scene: Scene) -> None:
    before = scene.books()
    body = b'{"reference": "B-1", "amount": 1, "amount": 4200, "currency": "EUR"}'
    response = scene.send("payments_api.create", _path(scene, "payments_api.create"), "POST", data=body)
    assert (response.status_code, response.get_json()["code"]) == (400, "bad_json")
    assert response.get_json()["detail"] == "The body has a field twice."
    assert scene.books() == before


NEEDS_FIELDS = ("payments_api.create", "payments_api.pay", "payments_api.interrupt", "payments_webhooks.create")


def test_no_body_is_an_empty_object(scene: Scene) -> None:
    for endpoint, right in BODIES.items():
        response = scene.send(endpoint, _path(scene, endpoint), "POST")
        needed = endpoint in NEEDS_FIELDS
        assert (response.status_code == 422) == needed, endpoint
        assert not needed or set(right) & {wrong["field"] for wrong in response.get_json()["errors"]}


def test_a_body_in_another_encoding_is_understood(scene: Scene) -> None:
    for number, encoding in enumerate(("utf-16", "utf-32", "utf-8", "utf-8-sig")):
        body = json.dumps({**BODIES["payments_api.create"], "reference": f"☃ {number}"}, ensure_ascii=False)
        response = scene.send(
            "payments_api.create", _path(scene, "payments_api.create"), "POST", data=body.encode(encoding)
        )
        assert (response.status_code, response.get_json()["order"]) == (201, f"☃ {number}")


def _path(scene: Scene, endpoint: str) -> str:
    """Of the merchant's session; there is none of the merchant's at `scene.path`."""
    if endpoint == "payments_api.create":
        return scene.path(endpoint)
    return scene.path(endpoint, session_id=scene.merchants_session)
