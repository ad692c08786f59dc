"""Every problem that the API can answer: its status, its code, and when a program meets it.

The words are for programmers; what a shopper is told is in `core.refusals`, and stands in the examples.
"""

from dataclasses import dataclass
from typing import Any

from smartcart.gateways.protocol import SumProblem
from smartcart.payments.core import refusals
from smartcart.payments.core.refusals import SUM_PROBLEMS, Refused
from smartcart.rules.payment_states import Money
from smartcart.web.problems import EXPLANATIONS, UNREAD, Problem
from smartcart.web.request_bodies import Refused as Unread
from smartcart.web.unavailable import TO_PROGRAMS


@dataclass(frozen=True)
class Known:
    """A problem. `detail` is what its example says; `fields` are what its example has beside the usual."""

    code: str
    status: int
    meaning: str
    detail: str
    fields: dict[str, Any]

    def example(self) -> dict[str, Any]:
        """Returns the whole answer, as it is sent."""
        return Problem(self.status, self.code, self.detail, **self.fields).body


def _refusal(of: type[Refused], meaning: str, money: Money | None = None) -> Known:
    return Known(of.code, of.status, meaning, of.detail, {"money": money} if money else {})


def _problem(status: int, code: str, meaning: str, detail: str = "", **fields: Any) -> Known:
    return Known(code, status, meaning, detail or EXPLANATIONS[status][1], fields)


def _unread(why: Unread, meaning: str) -> Known:
    code, detail = UNREAD[why]
    return _problem(why.value, code, meaning, detail)


def _sum_refused(problem: SumProblem, meaning: str, limit: str = "") -> Known:
    return _problem(422, problem, meaning, SUM_PROBLEMS[problem].format(limit=limit))


_ALL = (
    _problem(400, "bad_json", "the body is no JSON object, or has a field twice", "The body is not JSON."),
    _problem(400, "bad_request", "the request names no host by which an address of this shop could be made"),
    _problem(
        400,
        "csrf",
        "a browser sends something without the CSRF token of its page, in the header `X-CSRFToken`",
        "The page was open for too long, or cookies are off. Reload the page and try again.",
    ),
    _unread(Unread.CUT_SHORT, "the body broke off on its way: send it again"),
    _problem(
        401,
        "key_needed",
        "nobody is known by this request; or only an API key may do it",
        "Nobody is known by this request. A program sends its API key: Authorization: Bearer <key>.",
    ),
    _problem(401, "unknown_key", "no such API key, or it was revoked", "This API key is not known."),
    _problem(403, "forbidden", "only the admin may do it", "Only the admin may give money back."),
    _refusal(
        refusals.RefusedByShop, "a fraud rule refuses it; nothing was begun, and no attempt was used", Money.NOT_TAKEN
    ),
    _refusal(refusals.NotFound, "there is none of that id or number, or it is somebody else's"),
    _unread(Unread.TOO_SLOW, "the body came too slowly: send it again"),
    _refusal(refusals.AlreadyPaid, "it is paid: what was ordered can be sent", Money.TAKEN),
    _refusal(refusals.AttemptsUsedUp, "as many attempts as a session has were declined", Money.NOT_TAKEN),
    _refusal(refusals.Closed, "the session has ended, or is being cancelled: open another one", Money.NOT_TAKEN),
    _refusal(
        refusals.DifferentSum,
        "the reference has an open session of another sum or currency: cancel it",
        Money.NOT_TAKEN,
    ),
    _refusal(
        refusals.InProgress,
        "an attempt is under way, or a request with this key: ask again in a moment",
        Money.CHECKING,
    ),
    _refusal(refusals.NotPaid, "no charge is confirmed; `money` says whether one still may be", Money.NOT_TAKEN),
    _refusal(refusals.NothingToReturn, "no money of this session could be given back", Money.NOT_TAKEN),
    _refusal(refusals.NothingHeld, "no sum of this session is set aside now", Money.NOT_TAKEN),
    _refusal(refusals.BegunElsewhere, "it belongs to another account of the gateway", Money.CHECKING),
    _refusal(
        refusals.OutcomeUnknown, "the last attempt is in the dark: ask again until `status` changes", Money.CHECKING
    ),
    _refusal(refusals.RefundRefused, "the gateway refused; nothing was given back", Money.TAKEN),
    _refusal(refusals.SoldOut, "of what was ordered too little is left"),
    _problem(
        409,
        refusals.TooMuchToReturn.code,
        "more than is left of it",
        "That is more than is left of this payment: €42.00 at most can still be given back.",
        money=Money.TAKEN,
    ),
    _refusal(refusals.Expired, "its time is over: open another one", Money.NOT_TAKEN),
    _problem(
        410,
        "gone",
        "`after` is before the oldest number that is kept, or after the last: go on as `detail` says",
        "The oldest event is 1, and the last 2. Go on with after=0.",
        oldest=1,
        epoch="first",
    ),
    _problem(413, "request_entity_too_large", "the body is larger than 64 KiB"),
    _problem(
        422,
        "bad_fields",
        "a field, or a parameter of the address, is missing, unknown or wrong; `errors` names each field",
        "amount: Field required",
        errors=[{"field": "amount", "detail": "Field required"}],
    ),
    _refusal(
        refusals.CardNumberGiven,
        "something looks like a card number; nothing was kept. Card data goes to the gateway alone",
    ),
    _refusal(refusals.CardRefused, "the bank declines this saved card for now: use another one"),
    _refusal(refusals.UnknownMethod, "no such way to pay is offered for this session"),
    _sum_refused(SumProblem.TOO_SMALL, "the gateway charges no sum that small", "€0.50"),
    _sum_refused(SumProblem.TOO_LARGE, "the gateway charges no sum that large", "€999,999.99"),
    _sum_refused(SumProblem.NOT_PAYABLE, "the gateway cannot charge exactly this sum"),
    _sum_refused(SumProblem.CURRENCY, "the gateway takes nothing in this currency"),
    _problem(
        422,
        "idempotency_key",
        "the `Idempotency-Key` is empty, too long or has characters that cannot be printed",
        "An idempotency key has from 1 to 255 printable characters.",
    ),
    _problem(
        422,
        "idempotency_key_reused",
        "the same `Idempotency-Key` came with another request before",
        "This idempotency key was used for another request.",
    ),
    _unread(Unread.TOO_MANY, "too many bodies are on their way from this address: wait a moment"),
    _problem(
        refusals.SlowDown.status,
        refusals.SlowDown.code,
        "a fraud rule has this payer wait as long as `Retry-After` says; no attempt was used",
        refusals.SlowDown.detail,
        money=Money.NOT_TAKEN,
    ),
    _problem(429, "too_many_requests", "a browser acts too fast; wait as long as `Retry-After` says"),
    _unread(Unread.HEADERS_TOO_LARGE, "headers of more than 32 KB came with the request; nothing was done"),
    _problem(500, "internal_server_error", "something broke; nothing is lost: read the session to see where it stands"),
    _refusal(refusals.Busy, "no attempt can begin now, and none was used: try again shortly"),
    _refusal(
        refusals.GatewayOut, "the gateway answers nobody now; no attempt was used: try again later", Money.NOT_TAKEN
    ),
    _problem(
        503,
        "database_unavailable",
        "what was begun goes on, and is charged once at most: ask again soon",
        TO_PROGRAMS,
        money=Money.CHECKING,
    ),
)
PROBLEMS = {each.code: each for each in _ALL}

# What any call may be answered, and what any that sends a body may.
ANY = ("headers_too_large", "internal_server_error")
KNOWN_CALLER = ("unknown_key", "database_unavailable")
SENDING = (
    "bad_json",
    "csrf",
    "incomplete",
    "key_needed",
    "too_slow",
    "request_entity_too_large",
    "bad_fields",
    "card_number",
    "too_many",
    "too_many_requests",
)
KEYED = ("in_progress", "idempotency_key", "idempotency_key_reused")
STARTING = (
    "refused_by_shop",
    "slow_down",
    "already_paid",
    "attempts_used_up",
    "closed",
    "outcome_unknown",
    "other_gateway",
    "expired",
    "card_refused",
    "unknown_method",
    "busy",
    "gateway_out",
)
SUMS = tuple(SumProblem)
