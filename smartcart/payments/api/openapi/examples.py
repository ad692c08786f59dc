"""What is sent and answered, as examples: a test sends each to a shop, and holds the answers against these."""

from typing import Any

from smartcart.payments.core import hold_copy

# Ids and moments in examples are made up; all else is what the sandbox really answers.
SESSION_ID = "v4nT7zq0QJ1bWc9LsXk2mEyR8hUdPf3a"
WEBHOOK_ID = "Wq5tYb1nXz8cKv3mRj6pLd0sGf9hUe2a"
_SHOPPER = "Qm3xYt6bVh0sKe5oWj8rCi2nLp9uDa4g"
_OPENED, _BEGUN, _SETTLED = "2026-11-22T10:00:00Z", "2026-11-22T10:00:05Z", "2026-11-22T10:00:06Z"

CREATE = {"reference": "order-17", "amount": 4200, "currency": "EUR"}
CREATE_WITH_ALL_FIELDS = {
    "reference": "order-18",
    "amount": 8400,
    "currency": "EUR",
    "user": "customer-7",
    "description": "Two teapots",
    "return_url": "https://till.example/orders/17",
    "metadata": {"till": "3"},
}
CREATE_WEBHOOK = {"url": "https://till.example/webhooks", "types": ["payment.completed", "payment.refunded"]}
CREATE_THIN_WEBHOOK = {"url": "https://till.example/webhooks", "thin": True}

CREATED: dict[str, Any] = {
    "id": SESSION_ID,
    "status": "created",
    "money": "not_taken",
    "order": "order-17",
    "user": "",
    "amount": 4200,
    "currency": "EUR",
    "description": "",
    "metadata": {},
    "attempts": 0,
    "max_attempts": 3,
    "can_retry": True,
    "retry_at": None,
    "cancelling": False,
    "action_url": None,
    "version": 1,
    "created_at": _OPENED,
    "expires_at": "2026-11-22T10:15:00Z",
    "expired": False,
    "interruption": None,
    "advice": None,
    "not_before": None,
    "refunded": 0,
    "refund_pending": 0,
    "refund_failed": 0,
    "disputed": False,
    "dispute": None,
    "refund_wanted_at": None,
    "released": None,
    "pay_url": f"https://shop.example/pay/{SESSION_ID}",
}
CREATED_WITH_ALL_FIELDS = {
    **CREATED,
    "order": "order-18",
    "amount": 8400,
    **{name: CREATE_WITH_ALL_FIELDS[name] for name in ("user", "description", "metadata")},
}
ORDER_OF_THIS_SHOP = {**CREATED, "order": "SC-1042", "user": _SHOPPER, "description": "Order SC-1042"}
_TRIED = {**CREATED, "attempts": 1, "can_retry": False}
UNDER_WAY = {**_TRIED, "status": "processing", "money": "checking", "version": 2}
UNDER_WAY_AGAIN = {**UNDER_WAY, "attempts": 2, "version": 4}
PAID = {**_TRIED, "status": "completed", "money": "taken", "version": 3}
DECLINED = {**_TRIED, "status": "interrupted", "can_retry": True, "version": 3}
IN_THE_DARK = {
    **_TRIED,
    "status": "checking",
    "money": "checking",
    "version": 3,
    "interruption": {
        "kind": "network_error",
        "at": _SETTLED,
        "message": "The connection to the payment service broke.",
    },
}
INTERRUPTED = {
    **CREATED,
    "version": 2,
    "interruption": {"kind": "timeout", "at": _BEGUN, "message": "The payment service did not answer in time."},
}
CANCELLED = {**CREATED, "status": "cancelled", "can_retry": False, "version": 3}
CANCELLING = {**UNDER_WAY, "cancelling": True, "version": 3}
REFUNDED_IN_PART = {**PAID, "refunded": 1000, "version": 5}
REFUNDED = {**PAID, "status": "refunded", "money": "returned", "refunded": 4200, "version": 5}
REFUND_UNDER_WAY = {**PAID, "refund_pending": 4200, "version": 4}
CAPTURED = {**PAID, "version": 5}
CAPTURE_UNDER_WAY = {**UNDER_WAY, "status": "checking", "version": 4}
LAPSED = {
    **_TRIED,
    "status": "cancelled",
    "version": 5,
    "released": {"at": _SETTLED, "message": hold_copy.RELEASED},
}
RELEASED = LAPSED
RELEASE_UNDER_WAY = {**_TRIED, "status": "authorized", "money": "reserved", "cancelling": True, "version": 4}
_ENTRY = {
    "actor": "key the office",
    "from": None,
    "to": None,
    "move": None,
    "attempt": None,
    "interruption": None,
    "detail": "",
}
SUMMARY = {
    "session": PAID,
    "attempts": [
        {
            "number": 1,
            "method": "sandbox_approve",
            "outcome": "approved",
            "error_category": None,
            "code": None,
            "begun_at": _BEGUN,
            "settled_at": _SETTLED,
            "duration": 0.312,
        }
    ],
    "interruptions": {},
    "refunds": [],
    "duration": 5.312,
    "timeline": [
        {**_ENTRY, "kind": "opened", "at": _OPENED, "to": "created"},
        {
            **_ENTRY,
            "kind": "moved",
            "at": _BEGUN,
            "from": "created",
            "to": "processing",
            "move": "attempt",
            "attempt": 1,
            "detail": "sandbox_approve",
        },
        {
            **_ENTRY,
            "kind": "moved",
            "at": _SETTLED,
            "actor": "gateway",
            "from": "processing",
            "to": "completed",
            "move": "approved",
            "attempt": 1,
        },
    ],
}
ACTIVE = {"sessions": [CREATED], "count": 1, "next": None}
EVENTS = {
    "events": [
        {
            "number": 1,
            "id": "evt_Zb3kQ7wYt1LmVx9sRc5pNd8fHj2gUa4e",
            "type": "payment.opened",
            "created_at": _OPENED,
            "data": {"session": CREATED},
        },
        {
            "number": 2,
            "id": "evt_Hc8nTf2qXe6jWp0yKs4vBm9dLr3zGu7a",
            "type": "payment.completed",
            "created_at": _SETTLED,
            "data": {"session": PAID},
        },
    ],
    "next": 2,
    "epoch": "first",
}
WEBHOOK = {
    "id": WEBHOOK_ID,
    "url": "https://till.example/webhooks",
    "types": ["payment.completed", "payment.refunded"],
    "thin": False,
    "created_at": _OPENED,
    "failing_since": None,
    "off_at": None,
    "off_because": "",
}
WEBHOOK_MADE = {**WEBHOOK, "secret": "whsec_…"}
THIN_WEBHOOK_MADE = {**WEBHOOK_MADE, "types": [], "thin": True}
