"""The part of the OpenAPI description that tells of webhooks."""

from typing import Any

from smartcart.payments.api import schemas
from smartcart.payments.api.openapi_parts import MAYBE_MOMENT, MOMENT, get, object_of, post, schema_of
from smartcart.rules.merchant_events import MerchantEventType

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def paths(prefix: str) -> dict[str, Any]:
    """Where webhooks are made and changed, each a key's own."""
    one, bad = f"{prefix}/{{id}}", "bad_fields: also an address to which nothing is sent"
    return {
        prefix: get("The webhooks of a key", {200: "all of them"}, _ALL, [])
        | _act("Be told of events at an address", {201: "made, with the secret, which is shown this once", 422: bad}),
        one: get("A webhook", {200: "the webhook"}, _WEBHOOK, [_ID]),
        f"{one}/rotate": _act(
            "Have another secret; the one before signs as well for 24 hours", {200: "with the secret"}, _MADE, [_ID]
        ),
        f"{one}/switch-on": _act("Be told again, of what happens from now on", {200: "the webhook"}, _WEBHOOK, [_ID]),
        f"{one}/remove": _act("Be told nothing any more", {204: "taken away"}, None, [_ID]),
    }


def _act(
    title: str,
    answers: dict[int, str],
    answer: dict[str, Any] | None = None,
    parameters: list[Any] | None = None,
) -> dict[str, Any]:
    body = schemas.Nothing if parameters else schemas.CreateWebhook
    return post(title, answers, schema_of(body), parameters or [], answer or _MADE)


_WEBHOOK = object_of(
    id={"type": "string"},
    url={"type": "string"},
    types={
        "type": "array",
        "items": {"enum": list(MerchantEventType)},
        "description": "of which events it is told; of all where there are none",
    },
    thin={"type": "boolean", "description": "whether it is told the session's id alone"},
    created_at=MOMENT,
    failing_since={**MAYBE_MOMENT, "description": "since when nothing could be delivered"},
    off_at={**MAYBE_MOMENT, "description": "when it was switched off"},
    off_because={"type": "string"},
)
_MADE = object_of(**_WEBHOOK["properties"], secret={"type": "string"})
_ALL = object_of(webhooks={"type": "array", "items": _WEBHOOK})
