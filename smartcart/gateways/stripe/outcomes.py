"""What Stripe's answers mean: a payment intent or an error in, an outcome out. Nobody is asked here."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe

from smartcart.gateways.protocol import CARD_GONE, CUSTOMER_GONE, GatewayError, SumProblem
from smartcart.gateways.stripe.amounts import as_ours
from smartcart.gateways.stripe.transport import NeverSent, TimedOut
from smartcart.rules.declines import advised
from smartcart.rules.outcomes import (
    APPROVED,
    GATEWAY_ERROR,
    LOST_REPLY,
    NEVER_SENT,
    NOT_CHARGED,
    PENDING,
    TIMED_OUT,
    Interruption,
    Outcome,
    OutcomeKind,
)

# What we write on every intent: whose it is, the attempt that uses it now, and the last one that was given up.
SESSION, SHOP, ATTEMPT, GIVEN_UP = "smartcart_session", "smartcart_shop", "smartcart_attempt", "smartcart_given_up"
ORDER = "smartcart_order"
# Stripe charged, or is about to, another sum than ours: a person has to look.
AMOUNT_DIFFERS = replace(GATEWAY_ERROR, code="amount_differs")
REFUSED = Outcome(OutcomeKind.NOT_CHARGED, Interruption.GATEWAY_ERROR)
BUSY = Outcome(OutcomeKind.UNREACHABLE, Interruption.GATEWAY_ERROR)

# Answered to the creating of an intent, these prove that none was made, and that none ever will be of this sum:
# https://docs.stripe.com/error-codes#amount-too-small ("The specified amount is less than the minimum amount allowed")
# and #amount-too-large. No other answer proves it: a 401, 403, 409 or 429 and an error of the idempotency key say
# nothing of an earlier request, which may have made one.
NEVER_OPENED = frozenset({SumProblem.TOO_SMALL, SumProblem.TOO_LARGE})

# What each error says of a charge that was asked for. What Stripe's pages on errors say, in short:
# 402 is a refusal of the bank's; 400, 401 and 403 are refused before anything is done; a 429 is not carried out either;
# "treat the result of a 500 request as indeterminate" (https://docs.stripe.com/error-low-level). A key that was used
# before proves that some request arrived, and nothing of what became of it.
_ERRORS: dict[type[stripe.StripeError], Outcome] = {
    stripe.CardError: Outcome(OutcomeKind.DECLINED),
    NeverSent: NEVER_SENT,
    TimedOut: TIMED_OUT,
    stripe.APIConnectionError: LOST_REPLY,
    stripe.RateLimitError: BUSY,
    stripe.IdempotencyError: GATEWAY_ERROR,
    stripe.InvalidRequestError: REFUSED,
    stripe.AuthenticationError: REFUSED,
    stripe.PermissionError: REFUSED,
    stripe.APIError: GATEWAY_ERROR,
    # Everything else, as the errors of the second version of the API, which is not asked here.
    stripe.StripeError: GATEWAY_ERROR,
}


def of_intent(intent: dict[str, Any], amount: int, currency: str, attempt: int) -> Outcome:
    """What an attempt came to, as its intent shows it. `amount` in our minor units.

    `pending` as long as the intent shows no trace of the attempt: its request may still be on its way.
    """
    is_ours = (as_ours(intent["amount"], intent["currency"]), intent["currency"].upper()) == (amount, currency)
    match intent["status"]:
        case "succeeded":
            return APPROVED if is_ours and intent["amount_received"] == intent["amount"] else AMOUNT_DIFFERS
        case "processing":
            return PENDING if is_ours else AMOUNT_DIFFERS
        case "canceled":
            return NOT_CHARGED
        case "requires_payment_method" | "requires_confirmation" | "requires_action":
            return _uncharged(intent, attempt)
        case "requires_capture":
            return _held(intent) if is_ours else AMOUNT_DIFFERS
    return replace(GATEWAY_ERROR, code=intent["status"])


def of_error(error: stripe.StripeError) -> Outcome:
    """What an error says of the charge that was asked for."""
    code = code_of(error)
    if isinstance(error, stripe.CardError):
        return _declined(_body(error), code)
    if code == "lock_timeout":  # another request works on the intent, and who knows what it does
        return replace(GATEWAY_ERROR, code=code)
    return replace(next(_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS), code=code)


def of_gone(error: stripe.StripeError, method: str) -> Outcome | None:
    """What it means that a kept card was to be charged which is not there any more; None for every other error.

    https://docs.stripe.com/error-codes#resource-missing names what is missing as its `param`; a card that was detached
    has a state in which it cannot be used (#payment-method-unexpected-state), and that for good: "once detached, a
    PaymentMethod can no longer be used for payments" (https://docs.stripe.com/api/payment_methods/detach).
    """
    if not method.startswith("pm_") or not isinstance(error, stripe.InvalidRequestError):
        return None
    missing = error.param if code_of(error) == "resource_missing" else ""
    if missing == "customer":
        return Outcome(OutcomeKind.NOT_CHARGED, code=CUSTOMER_GONE)
    if missing == "payment_method" or code_of(error) == "payment_method_unexpected_state":
        return Outcome(OutcomeKind.NOT_CHARGED, code=CARD_GONE)
    return None


def of_error_before(error: stripe.StripeError) -> Outcome:
    """What an attempt comes to whose charge was not sent because of this error: it took no money, whatever it was."""
    outcome = of_error(error)
    if isinstance(error, TimedOut):
        return replace(outcome, kind=OutcomeKind.NOT_CHARGED)
    passing = outcome.kind is OutcomeKind.UNKNOWN and not isinstance(error, stripe.IdempotencyError)
    return replace(outcome, kind=OutcomeKind.UNREACHABLE if passing else _proof(outcome.kind))


def of_error_asking(error: stripe.StripeError) -> Outcome:
    """What an error in answer to a mere question says of the attempt asked about: nothing."""
    outcome = of_error(error)
    return replace(outcome, kind=OutcomeKind.UNKNOWN, interruption=outcome.interruption or Interruption.GATEWAY_ERROR)


class NeverOpened(Exception):
    """No intent was ever made for a session, and none can be."""

    def __init__(self, problem: SumProblem) -> None:
        super().__init__(problem)
        self.outcome = Outcome(OutcomeKind.NOT_CHARGED, code=problem, is_final=True)


def refuse_opening(error: stripe.InvalidRequestError) -> None:
    """What an error says that came in answer to the creating of an intent. Raises NeverOpened if it proves that."""
    code = code_of(error)
    if error.http_status == 400 and code in NEVER_OPENED:
        raise NeverOpened(SumProblem(code)) from error


def gateway_error(error: stripe.StripeError) -> GatewayError:
    """What the rest of the shop is told when something else than a charge was asked for."""
    return GatewayError(str(error), of_error_before(error))


def code_of(error: stripe.StripeError) -> str:
    """Stripe's own word for an error: that of the bank if there is one."""
    return _word(_body(error)) or error.code or ""


def _body(error: stripe.StripeError) -> dict[str, Any]:
    body = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    return body if isinstance(body, dict) else {}


def _word(error: dict[str, Any]) -> str:
    return error.get("decline_code") or error.get("code") or ""


def _declined(error: dict[str, Any], code: str) -> Outcome:
    card = (error.get("payment_method") or {}).get("card") or {}
    advice, by_network = error.get("advice_code") or "", error.get("network_advice_code") or ""
    said = advised(code, advice, by_network, card.get("brand") or "")
    return Outcome(OutcomeKind.DECLINED, code=code, advised=said, card=card.get("fingerprint") or "")


def _proof(kind: OutcomeKind) -> OutcomeKind:
    return OutcomeKind.UNREACHABLE if kind is OutcomeKind.UNREACHABLE else OutcomeKind.NOT_CHARGED


def _held(intent: dict[str, Any]) -> Outcome:
    """The sum is set aside until Stripe says, on the charge, if that was read along."""
    charge = intent.get("latest_charge")
    card = (charge["payment_method_details"] or {}).get("card") or {} if isinstance(charge, dict) else {}
    until = card.get("capture_before")
    lapses_at = datetime.fromtimestamp(until, UTC) if until else None
    return Outcome(OutcomeKind.AUTHORIZED, held_until=lapses_at, card=card.get("fingerprint") or "")


def _uncharged(intent: dict[str, Any], attempt: int) -> Outcome:
    """What an attempt came to whose intent is not charged. An attempt begins by writing its number on the intent, and
    only when the one before it is over."""
    latest, given_up = (int(intent["metadata"].get(name, 0)) for name in (ATTEMPT, GIVEN_UP))
    if latest > attempt or given_up >= attempt:
        return NOT_CHARGED
    if latest == attempt and intent["status"] == "requires_action":
        return _action(intent)
    # "cleared if the PaymentIntent is later updated for any reason" (the API's reference): an error beside an attempt's
    # number is its own.
    if latest == attempt and intent["last_payment_error"]:
        return _declined(intent["last_payment_error"], _word(intent["last_payment_error"]))
    return PENDING


def _action(intent: dict[str, Any]) -> Outcome:
    """The bank asks: on a page of its own, or by Stripe's script in ours."""
    redirect = intent["next_action"].get("redirect_to_url")
    if redirect:
        return Outcome(OutcomeKind.ACTION_REQUIRED, action_url=redirect["url"])
    return Outcome(OutcomeKind.ACTION_REQUIRED, action_secret=intent["client_secret"])
