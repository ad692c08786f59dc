"""The OpenAPI description of the API, built from the same bodies that the API checks."""

from typing import Any

from smartcart.payments.api import schemas
from smartcart.payments.api.openapi import sessions, webhooks
from smartcart.payments.api.openapi.answers import ANSWERS
from smartcart.payments.api.openapi.parts import BY_ANYBODY, Answer, Call
from smartcart.payments.api.openapi.problems import PROBLEMS

PREFIX = "/api/payments"
BODIES = (
    schemas.CreateForOrder,
    schemas.CreateForMerchant,
    schemas.Pay,
    schemas.Resume,
    schemas.Complete,
    schemas.Interrupt,
    schemas.Cancel,
    schemas.RefundRequest,
    schemas.Capture,
    schemas.Release,
    schemas.CreateWebhook,
    schemas.Nothing,
)
TAGS = {
    "Sessions": "Opening a payment session, and reading where it stands.",
    "Paying": "Attempts, and all that may come between an attempt and its end.",
    "For the admin": "What only a key that was made with `--admin` may do.",
    "Events": "What happened to the payments of a key, to be read as often as one likes.",
    "Webhooks": "The same events, sent to an address of yours and signed.",
    "Description": "This description, for programs.",
}
_DESCRIPTION = """\
Payments that survive interruptions: each ends paid once, or with no money taken, and says which.

A program sends its API key, from `smartcart api-key create NAME`, as `Authorization: Bearer <key>`. It sees the
sessions that it has opened, and no others: what is not yours does not exist (404). A shopper's own browser may act for
the shopper's sessions, with its cookie and the CSRF token of its pages in the header `X-CSRFToken`.

Bodies are JSON, amounts are in the currency's minor unit, moments are RFC 3339 in UTC. A problem is
`application/problem+json` (RFC 9457): go by its `code`, and by `money` where a session is concerned."""
_GET_DESCRIPTION = Call(
    "getDescription",
    "Description",
    "This description",
    "Open to everybody.",
    {200: Answer("this, as OpenAPI 3.1 has it", "Description", {})},
    (),
    parameters=(),
    security=BY_ANYBODY,
)


def description(shop: str = "/") -> dict[str, Any]:
    """The whole API as OpenAPI 3.1 has it; `shop` is where it is reached, which may be under a path."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SmartCart payments",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": shop}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": {
            **sessions.paths(PREFIX),
            **webhooks.paths(PREFIX),
            f"{PREFIX}/openapi.json": {"get": _GET_DESCRIPTION.described()},
        },
        "components": {
            "schemas": {
                **{body.__name__: body.model_json_schema() for body in BODIES},
                **ANSWERS,
                "Description": {"type": "object"},
            },
            "examples": {
                code: {"summary": known.meaning, "value": known.example()} for code, known in PROBLEMS.items()
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "an API key, from `smartcart api-key create NAME`",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "smartcart",
                    "description": (
                        "the browser of the admin; a shopper's own has one whose name begins with `smartcart_shopper_`."
                        " Whatever a browser sends needs the header `X-CSRFToken` as well"
                    ),
                },
            },
        },
    }
