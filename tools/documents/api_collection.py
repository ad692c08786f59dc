"""docs/smartcart.postman_collection.json: all calls, for Postman and what else reads its collections.

The form is Collection Format v2.1.0: https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
"""

import json
from typing import Any

from tools.documents.api_calls import API, Call, all_calls

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
# What a call's answer is kept for: the calls after it are about that.
_KEPT = {"createSession": "session", "createWebhook": "webhook"}


def collection() -> str:
    """Returns the whole document."""
    made = {
        "info": {
            "name": API["info"]["title"],
            "description": (
                f"{API['info']['description']}\n\nSet the variables `base_url` and `key`; `session` and `webhook` are"
                " set by the calls that open and make one."
            ),
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [
            _variable("base_url", "http://127.0.0.1:8000"),
            *(_variable(name, "") for name in ("key", *_KEPT.values())),
        ],
        "item": [_folder(tag["name"], tag["description"]) for tag in API["tags"]],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _variable(name: str, value: str) -> dict[str, str]:
    return {"key": name, "value": value, "type": "string"}


def _folder(tag: str, text: str) -> dict[str, Any]:
    return {"name": tag, "description": text, "item": [_item(call) for call in all_calls() if call.tag == tag]}


def _item(call: Call) -> dict[str, Any]:
    body = {"mode": "raw", "raw": json.dumps(call.body, indent=1), "options": {"raw": {"language": "json"}}}
    request = {
        "method": call.method,
        "header": _headers(call),
        "url": _url(call),
        "description": call.said["description"],
        **({"body": body} if call.body is not None else {}),
        **({} if call.needs_key else {"auth": {"type": "noauth"}}),
    }
    return {"name": call.said["summary"], "event": [_script(call)], "request": request, "response": []}


def _headers(call: Call) -> list[dict[str, str]]:
    sent = {"Content-Type": "application/json"} if call.body is not None else {}
    if call.idempotency_key:
        sent["Idempotency-Key"] = call.idempotency_key
    return [{"key": name, "value": value, "type": "text"} for name, value in sent.items()]


def _url(call: Call) -> dict[str, Any]:
    path = call.path.replace("{id}", f"{{{{{call.about.lower()}}}}}")
    queries = [each for each in call.said["parameters"] if each["in"] == "query"]
    asked = [
        {"key": each["name"], "value": "", "description": each["description"], "disabled": True} for each in queries
    ]
    return {
        "raw": f"{{{{base_url}}}}{path}",
        "host": ["{{base_url}}"],
        "path": path.strip("/").split("/"),
        **({"query": asked} if asked else {}),
    }


def _script(call: Call) -> dict[str, Any]:
    """What Postman does with an answer: sees whether it is one that is described, and keeps its id.

    A refusal is one too, such as of a refund before the money was taken, where all calls are made one after the other.
    """
    described = ", ".join(status for status in call.said["responses"] if int(status) < 500)
    lines = [f'pm.test("is answered as described", () => pm.expect(pm.response.code).to.be.oneOf([{described}]));']
    if kept := _KEPT.get(call.id):
        lines.append(f'pm.collectionVariables.set("{kept}", pm.response.json().id);')
    return {"listen": "test", "script": {"type": "text/javascript", "exec": lines}}
