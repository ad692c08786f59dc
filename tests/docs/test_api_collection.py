"""The collection for Postman: its requests, sent one after the other as it sends them, are answered as described."""

import json
import re
from contextvars import Context
from typing import Any

import httpx
from flask import Flask

from smartcart.payments.api.keys import make_key
from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from tests.docs.reading import text_of
from tests.support.databases import ON_SQLITE
from tests.support.described import calls
from tests.support.waiting import wait_for

COLLECTION = json.loads(text_of("docs/smartcart.postman_collection.json"))
SHOP = "http://shop.example"


def requests() -> list[dict[str, Any]]:
    return [item for folder in COLLECTION["item"] for item in folder["item"]]


def filled(text: str, variables: dict[str, str]) -> str:
    """With the values of its variables. Raises KeyError where there is none of a name."""
    return re.sub(r"{{(\w+)}}", lambda found: variables[found[1]], text)


def sent(client: httpx.Client, request: dict[str, Any], variables: dict[str, str]) -> httpx.Response:
    [token] = COLLECTION["auth"]["bearer"]
    is_open = request.get("auth") == {"type": "noauth"}
    headers = {} if is_open else {"Authorization": f"Bearer {filled(token['value'], variables)}"}
    headers |= {header["key"]: filled(header["value"], variables) for header in request["header"]}
    body = filled(request["body"]["raw"], variables) if "body" in request else None
    return client.request(request["method"], filled(request["url"]["raw"], variables), headers=headers, content=body)


def test_it_has_each_call_once() -> None:
    there = [(item["request"]["method"], item["request"]["url"]["raw"]) for item in requests()]
    described = {
        (method, "{{base_url}}" + path.replace("{id}", "{{webhook}}" if "/webhooks/" in path else "{{session}}"))
        for method, path, _ in calls().values()
    }
    assert len(there) == len(described)
    assert set(there) == described


def test_it_holds_no_key() -> None:
    variables = {each["key"]: each["value"] for each in COLLECTION["variable"]}
    assert variables == {"base_url": "http://127.0.0.1:8000", "key": "", "session": "", "webhook": ""}


def test_an_address_in_its_parts_is_the_address() -> None:
    for item in requests():
        url = item["request"]["url"]
        assert "/".join([*url["host"], *url["path"]]) == url["raw"]


@ON_SQLITE
def test_its_requests_are_answered_as_described(app: Flask) -> None:
    transport = httpx.WSGITransport(app=lambda *request: Context().run(app, *request))
    variables = {each["key"]: each["value"] for each in COLLECTION["variable"]}
    variables |= {"base_url": SHOP, "key": make_key("a reader", is_admin=True)}
    with httpx.Client(transport=transport) as client:
        for item in requests():
            answer = sent(client, item["request"], variables)
            test, *keeps = item["event"][0]["script"]["exec"]
            expected = re.search(r"oneOf\(\[([\d, ]+)\]\)", test)
            assert expected
            assert str(answer.status_code) in expected[1].split(", "), (item["name"], answer.text)
            for kept in re.findall(r'collectionVariables\.set\("(\w+)", pm\.response\.json\(\)\.id\)', "".join(keeps)):
                variables[kept] = answer.json()["id"]
    wait_for(lambda: queries.find(variables["session"]).state is not State.PROCESSING)
