"""The part of the OpenAPI description that tells of events, and of the webhooks that carry them."""

from typing import Any

from smartcart.payments.api.openapi import examples
from smartcart.payments.api.openapi.parts import BY_KEY, Answer, Call, Takes
from smartcart.payments.api.openapi.problems import KNOWN_CALLER, SENDING
from smartcart.payments.core.merchant_feed import LARGEST_NUMBER

_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the webhook's `id`",
    "schema": {"type": "string"},
    "example": examples.WEBHOOK_ID,
}
_NOTHING = Takes(("Nothing",), {"nothing": {}}, required=False)
_READING = ("key_needed", *KNOWN_CALLER)
_CHANGING = (*KNOWN_CALLER, *SENDING, "not_found")
_FEED = (
    {
        "name": "after",
        "in": "query",
        "description": "the `next` of the answer before; without it the events begin with the oldest that is kept",
        "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER},
        "example": 17,
    },
    {
        "name": "limit",
        "in": "query",
        "description": "how many at most; 100 where it is left out",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100},
        "example": 50,
    },
)

_LIST_EVENTS = Call(
    "listEvents",
    "Events",
    "What happened to the payments of a key, in order and without gaps",
    "Ask as often as you like, with the `next` of the answer before as `after`. Numbers follow each other without a"
    " gap, and no order ever changes. Events are kept for 30 days. When `epoch` is another one than before, a backup"
    " was restored: read again from the oldest, without `after`.",
    {200: Answer("a page of them", "Events", {"two_events": examples.EVENTS})},
    (*_READING, "bad_fields", "gone"),
    parameters=_FEED,
    security=BY_KEY,
)
_LIST = Call(
    "listWebhooks",
    "Webhooks",
    "The webhooks of a key",
    "Without their secrets, each of which is shown once, when it is made.",
    {200: Answer("all of them", "Webhooks", {"one_webhook": {"webhooks": [examples.WEBHOOK]}})},
    _READING,
    parameters=(),
    security=BY_KEY,
)
_CREATE = Call(
    "createWebhook",
    "Webhooks",
    "Be told of events at an address",
    "Keep the `secret` of the answer: the events are signed by it, in the form of Standard Webhooks. Without `types`"
    " you are told of everything. Nothing is sent to addresses that are not of the internet, unless the shop's"
    " settings name them.",
    {201: Answer("made", "WebhookWithSecret", {"made": examples.WEBHOOK_MADE, "thin": examples.THIN_WEBHOOK_MADE})},
    (*KNOWN_CALLER, *SENDING),
    Takes(
        ("CreateWebhook",), {"of_two_types": examples.CREATE_WEBHOOK, "thin_and_of_all": examples.CREATE_THIN_WEBHOOK}
    ),
    (),
    BY_KEY,
)
_SHOW = Call(
    "getWebhook",
    "Webhooks",
    "A webhook",
    "`failing_since` says since when nothing could be delivered. After five days of that it is switched off.",
    {200: Answer("the webhook", "Webhook", {"the_webhook": examples.WEBHOOK})},
    (*_READING, "not_found"),
    parameters=(_ID,),
    security=BY_KEY,
)
_ROTATE = Call(
    "rotateWebhookSecret",
    "Webhooks",
    "Have another secret",
    "The one before signs as well for 24 hours, so that yours can be changed at any time in between.",
    {200: Answer("the webhook with its new secret", "WebhookWithSecret", {"another_secret": examples.WEBHOOK_MADE})},
    _CHANGING,
    _NOTHING,
    (_ID,),
    BY_KEY,
)
_SWITCH_ON = Call(
    "switchOnWebhook",
    "Webhooks",
    "Be told again, of what happens from now on",
    "What was missed meanwhile is in the feed of events.",
    {200: Answer("the webhook", "Webhook", {"switched_on": examples.WEBHOOK})},
    _CHANGING,
    _NOTHING,
    (_ID,),
    BY_KEY,
)
_REMOVE = Call(
    "removeWebhook",
    "Webhooks",
    "Be told nothing any more",
    "What was not delivered so far is not delivered any more.",
    {204: Answer("taken away")},
    _CHANGING,
    _NOTHING,
    (_ID,),
    BY_KEY,
)


def paths(prefix: str) -> dict[str, dict[str, Any]]:
    """Returns the calls by path and method; `prefix` is the API's."""
    all_of_them = f"{prefix}/webhooks"
    one = f"{all_of_them}/{{id}}"
    return {
        f"{prefix}/events": {"get": _LIST_EVENTS.described()},
        all_of_them: {"get": _LIST.described(), "post": _CREATE.described()},
        one: {"get": _SHOW.described()},
        f"{one}/rotate": {"post": _ROTATE.described()},
        f"{one}/switch-on": {"post": _SWITCH_ON.described()},
        f"{one}/remove": {"post": _REMOVE.described()},
    }
