"""The part of the OpenAPI description that tells of payment sessions."""

from typing import Any

from smartcart.payments.api.openapi import examples
from smartcart.payments.api.openapi.parts import ID, KEY, Answer, Call, Takes
from smartcart.payments.api.openapi.problems import KEYED, KNOWN_CALLER, SENDING, STARTING, SUMS
from smartcart.rules.payment_states import OPEN

_READING = (*KNOWN_CALLER, "not_found")
_ACTING = (*KNOWN_CALLER, *SENDING, *KEYED, "not_found")
_ID_AND_KEY = (ID, KEY)
_TEXT = {"schema": {"type": "string"}}

_CREATE = Call(
    "createSession",
    "Sessions",
    "Open a payment session, or get the open one",
    "With an API key, for an order of your own shop: a `reference`, a sum and a currency. An order of this shop is"
    " named by its number, as `order`. A reference that has an open session gets that one. Send the shopper to its"
    " `pay_url`, or make attempts yourself.",
    {
        201: Answer(
            "opened",
            "Session",
            {"opened": examples.CREATED, "opened_with_all_fields": examples.CREATED_WITH_ALL_FIELDS},
            {"Location": {"description": "the session's address in this API", **_TEXT}},
        ),
        200: Answer(
            "it was open already",
            "Session",
            {"open_already": examples.CREATED, "order_of_this_shop": examples.ORDER_OF_THIS_SHOP},
        ),
    },
    (*_ACTING, *SUMS, "bad_request", "already_paid", "closed", "different_sum", "sold_out"),
    Takes(
        ("CreateForOrder", "CreateForMerchant"),
        {
            "for_your_own_order": examples.CREATE,
            "with_all_fields": examples.CREATE_WITH_ALL_FIELDS,
            "for_an_order_of_this_shop": {"order": "SC-1042"},
        },
    ),
    (KEY,),
)
_SHOW = Call(
    "getSession",
    "Sessions",
    "The session",
    "Ask as often as you like: it costs next to nothing while nothing has changed, if you send the `ETag` of the answer"
    " before as `If-None-Match`. Go by `money`, not by `status`: while it is `checking`, nothing may be charged anew.",
    {
        200: Answer(
            "the session",
            "Session",
            {"paid": examples.PAID, "declined": examples.DECLINED, "in_the_dark": examples.IN_THE_DARK},
            {"ETag": {"description": "changes with whatever is shown", **_TEXT}},
        ),
        304: Answer("unchanged"),
    },
    _READING,
    parameters=(
        ID,
        {"name": "If-None-Match", "in": "header", "description": "the `ETag` of the answer before", **_TEXT},
    ),
)
_SUMMARY = Call(
    "getSummary",
    "Sessions",
    "The session with its attempts and timeline",
    "All that happened to it, in order, with attempts, refunds and interruptions.",
    {200: Answer("all of it", "Summary", {"paid_at_the_first_attempt": examples.SUMMARY})},
    _READING,
)
_PAY = Call(
    "paySession",
    "Paying",
    "Make the first attempt",
    "It goes on by itself: read the session, or wait for an event, until it is over. Nothing is ever charged twice,"
    " however often this is sent.",
    {202: Answer("the attempt is under way", "Session", {"under_way": examples.UNDER_WAY})},
    (*_ACTING, *STARTING),
    Takes(("Pay",), {"a_card_of_the_sandbox": {"method": "sandbox_approve"}}),
    _ID_AND_KEY,
)
_RESUME = Call(
    "resumeSession",
    "Paying",
    "Make the next attempt",
    "After an attempt that provably took nothing. Without a `method` the last one is used again.",
    {
        202: Answer(
            "the attempt is under way",
            "Session",
            {"second_attempt": examples.UNDER_WAY_AGAIN, "the_same_way_again": examples.UNDER_WAY_AGAIN},
        )
    },
    (*_ACTING, *STARTING),
    Takes(("Resume",), {"with_another_card": {"method": "sandbox_approve"}, "the_same_way_again": {}}, required=False),
    _ID_AND_KEY,
)
_COMPLETE = Call(
    "completeSession",
    "Paying",
    "Ask the gateway whether it is paid",
    "Your word pays nothing: the gateway is asked, and the answer is its.",
    {200: Answer("it is paid", "Session", {"paid": examples.PAID})},
    (*_ACTING, "not_paid"),
    Takes(("Complete",), {"nothing": {}}, required=False),
    _ID_AND_KEY,
)
_INTERRUPT = Call(
    "interruptSession",
    "Paying",
    "Tell of an interruption",
    "What your own system, or the shopper's browser, saw of it. It is written down; an attempt in flight is checked"
    " with the gateway.",
    {202: Answer("written down", "Session", {"written_down": examples.INTERRUPTED})},
    _ACTING,
    Takes(("Interrupt",), {"a_timeout": {"kind": "timeout", "detail": "no answer from the till"}}),
    _ID_AND_KEY,
)
_CANCEL = Call(
    "cancelSession",
    "Paying",
    "Cancel",
    "At once where no attempt is in flight; else as soon as its outcome is known. If it turns out to have been"
    " charged, the session is paid all the same, and says so.",
    {
        200: Answer("cancelled", "Session", {"cancelled": examples.CANCELLED}),
        202: Answer("it ends once the attempt in flight is known", "Session", {"cancelling": examples.CANCELLING}),
    },
    (*_ACTING, "already_paid"),
    Takes(("Cancel",), {"with_a_reason": {"reason": "ordered by mistake"}}, required=False),
    _ID_AND_KEY,
)
_REFUND = Call(
    "refundSession",
    "For the admin",
    "Give money back",
    "For keys that were made with `--admin`. Without an `amount`, all that is left. Use an `Idempotency-Key`: without"
    " one, two requests are two refunds.",
    {
        200: Answer(
            "given back",
            "Session",
            {"given_back_in_part": examples.REFUNDED_IN_PART, "all_given_back": examples.REFUNDED},
        ),
        202: Answer(
            "under way: the gateway has not said yet whether it is given back",
            "Session",
            {"under_way": examples.REFUND_UNDER_WAY},
        ),
    },
    (*_ACTING, "forbidden", "nothing_to_return", "too_much_to_return", "other_gateway", "refund_refused"),
    Takes(
        ("RefundRequest",),
        {
            "a_part": {"amount": 1000, "reason": "a lid was broken"},
            "with_the_goods": {"restock": True},
            "all_that_is_left": {},
        },
        required=False,
    ),
    _ID_AND_KEY,
)
_CAPTURE = Call(
    "captureSession",
    "For the admin",
    "Take a sum that is set aside",
    "For keys that were made with `--admin`, as it is held for the owner to look at: while `status` is `authorized`, by"
    " `expires_at` at the latest. All of it is taken, and once, however often this is sent.",
    {
        200: Answer(
            "taken, or it was not set aside any more: `money` says which",
            "Session",
            {"taken": examples.CAPTURED, "not_set_aside_any_more": examples.LAPSED},
        ),
        202: Answer(
            "under way: the gateway has not said yet whether it is taken",
            "Session",
            {"under_way": examples.CAPTURE_UNDER_WAY},
        ),
    },
    (*_ACTING, "forbidden", "nothing_held", "closed"),
    Takes(("Capture",), {"nothing": {}}, required=False),
    _ID_AND_KEY,
)
_RELEASE = Call(
    "releaseSession",
    "For the admin",
    "Give a sum free that is set aside",
    "For keys that were made with `--admin`. Nothing is taken and the payment is cancelled, as by `cancelSession`; but"
    " where no sum is set aside, nothing is done.",
    {
        200: Answer("given free", "Session", {"given_free": examples.RELEASED}),
        202: Answer(
            "under way: the gateway has not said yet that it is free",
            "Session",
            {"under_way": examples.RELEASE_UNDER_WAY},
        ),
    },
    (*_ACTING, "forbidden", "nothing_held"),
    Takes(("Release",), {"with_a_reason": {"reason": "it looks odd"}}, required=False),
    _ID_AND_KEY,
)
_ACTIVE = Call(
    "listActiveSessions",
    "For the admin",
    "The open sessions",
    "For keys that were made with `--admin`; the newest first.",
    {200: Answer("a page of them", "ActiveSessions", {"one_session": examples.ACTIVE})},
    (*KNOWN_CALLER, "forbidden", "bad_fields"),
    parameters=(
        {
            "name": "status",
            "in": "query",
            "description": "only those of this status",
            "schema": {"type": "string", "enum": sorted(OPEN)},
            "example": "checking",
        },
        {
            "name": "limit",
            "in": "query",
            "description": "how many at most; 100 where it is left out",
            "schema": {"type": "integer", "minimum": 1, "maximum": 100},
            "example": 50,
        },
        {
            "name": "after",
            "in": "query",
            "description": "the `next` of the page before",
            "schema": {"type": "string"},
            "example": examples.SESSION_ID,
        },
    ),
)


def paths(prefix: str) -> dict[str, dict[str, Any]]:
    """Returns the calls by path and method; `prefix` is the API's."""
    session = f"{prefix}/session/{{id}}"
    return {
        f"{prefix}/session/create": {"post": _CREATE.described()},
        session: {"get": _SHOW.described()},
        f"{session}/summary": {"get": _SUMMARY.described()},
        f"{session}/pay": {"post": _PAY.described()},
        f"{session}/resume": {"post": _RESUME.described()},
        f"{session}/complete": {"post": _COMPLETE.described()},
        f"{session}/interrupt": {"post": _INTERRUPT.described()},
        f"{session}/cancel": {"post": _CANCEL.described()},
        f"{session}/refund": {"post": _REFUND.described()},
        f"{session}/capture": {"post": _CAPTURE.described()},
        f"{session}/release": {"post": _RELEASE.described()},
        f"{prefix}/sessions/active": {"get": _ACTIVE.described()},
    }
