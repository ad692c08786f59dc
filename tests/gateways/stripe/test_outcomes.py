"""What each of Stripe's answers means: every status of an intent, and every error of its library."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from smartcart.gateways.stripe.outcomes import of_error, of_error_asking, of_error_before, of_intent
from smartcart.gateways.stripe.transport import NeverSent, TimedOut
from smartcart.rules.declines import NEVER
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind

DECLINE = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card was declined."}
REDIRECT = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/1", "return_url": "…"}}


def intent(status: str, attempt: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "status": status,
        "amount": 4200,
        "amount_received": 4200 if status == "succeeded" else 0,
        "currency": "eur",
        "last_payment_error": None,
        "next_action": None,
        "client_secret": "pi_1_secret_2",
        "metadata": {"smartcart_attempt": str(attempt)},
        **fields,
    }


def meant(found: dict[str, Any], attempt: int = 1) -> Outcome:
    return of_intent(found, 4200, "EUR", attempt)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("succeeded", "approved"),
        ("processing", "pending"),
        ("canceled", "not_charged"),
        ("requires_payment_method", "pending"),
        ("requires_confirmation", "pending"),
        ("requires_capture", "authorized"),
        ("a status of next year", "unknown"),
    ],
)
def test_every_status_means_something_and_what_left_no_trace_is_pending(status: str, kind: str) -> None:
    assert meant(intent(status)).kind == kind


def test_the_bank_asks_on_its_own_page_or_through_stripes_script() -> None:
    assert meant(intent("requires_action", next_action=REDIRECT)).action_url == "https://bank.example/1"
    in_page = meant(intent("requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}}))
    assert (in_page.kind, in_page.action_secret, in_page.action_url) == ("action_required", "pi_1_secret_2", "")


def test_an_error_is_that_of_the_attempt_beside_whose_number_it_stands() -> None:
    declined = intent("requires_payment_method", attempt=2, last_payment_error=DECLINE)
    assert meant(declined, attempt=2) == Outcome(OutcomeKind.DECLINED, code="insufficient_funds")
    assert meant(declined, attempt=3).kind is OutcomeKind.PENDING


def test_a_question_of_the_bank_is_not_that_of_an_attempt_that_has_not_arrived() -> None:
    asked = intent("requires_action", attempt=1, next_action=REDIRECT)
    assert meant(asked, attempt=2).kind is OutcomeKind.PENDING


def test_what_was_given_up_or_followed_by_another_attempt_is_not_charged() -> None:
    given_up = {"smartcart_attempt": "2", "smartcart_given_up": "2"}
    assert meant(intent("requires_payment_method", metadata=given_up), attempt=2).kind is OutcomeKind.NOT_CHARGED
    assert meant(intent("requires_payment_method", attempt=3), attempt=2).kind is OutcomeKind.NOT_CHARGED
    assert meant(intent("requires_payment_method", metadata=given_up), attempt=3).kind is OutcomeKind.PENDING


@pytest.mark.parametrize("wrong", [{"amount": 4100, "amount_received": 4100}, {"amount_received": 4100}])
def test_another_amount_is_never_approved(wrong: dict[str, int]) -> None:
    outcome = meant(intent("succeeded", **wrong))
    assert (outcome.kind, outcome.code) == ("unknown", "amount_differs")


def test_another_currency_is_never_approved() -> None:
    assert meant(intent("succeeded", currency="usd")).code == "amount_differs"
    assert meant(intent("processing", currency="usd")).code == "amount_differs"


def error(kind: type[stripe.StripeError], status: int | None = None, **body: str) -> stripe.StripeError:
    """An error as the library makes it of such an answer."""
    given: dict[str, Any] = {"http_status": status, "json_body": {"error": body} if body else None}
    if issubclass(kind, stripe.CardError | stripe.InvalidRequestError):
        return kind("…", None, body.get("code"), **given)
    if kind is stripe.SignatureVerificationError:
        return kind("…", "t=1")
    return kind("…", **given)


@pytest.mark.parametrize(
    ("kind", "body", "charge", "interruption"),
    [
        (stripe.CardError, {"code": "card_declined"}, "declined", None),
        (NeverSent, {}, "unreachable", "network_error"),
        (TimedOut, {}, "unknown", "timeout"),
        (stripe.APIConnectionError, {}, "unknown", "network_error"),
        (stripe.RateLimitError, {"code": "rate_limit"}, "unreachable", "gateway_error"),
        (stripe.RateLimitError, {"code": "lock_timeout"}, "unknown", "gateway_error"),
        (stripe.IdempotencyError, {}, "unknown", "gateway_error"),
        (stripe.InvalidRequestError, {"code": "resource_missing"}, "not_charged", "gateway_error"),
        (stripe.AuthenticationError, {}, "not_charged", "gateway_error"),
        (stripe.PermissionError, {}, "not_charged", "gateway_error"),
        (stripe.APIError, {}, "unknown", "gateway_error"),
    ],
)
def test_every_error_of_a_charge_means_something(
    kind: type[stripe.StripeError], body: dict[str, str], charge: str, interruption: str | None
) -> None:
    outcome = of_error(error(kind, **body))
    assert (outcome.kind, outcome.interruption, outcome.code) == (charge, interruption, body.get("code", ""))


def kinds(of: type[stripe.StripeError] = stripe.StripeError) -> Iterator[type[stripe.StripeError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def name_of(kind: type[stripe.StripeError]) -> str:
    """Two of them share their last name."""
    return f"{kind.__module__}.{kind.__qualname__}"


# All that may be said to prove that a charge took no money.
PROOF = {
    stripe.CardError,
    stripe.RateLimitError,
    stripe.InvalidRequestError,
    stripe.AuthenticationError,
    stripe.PermissionError,
    NeverSent,
}


@pytest.mark.parametrize("kind", sorted(set(kinds()), key=name_of), ids=name_of)
def test_no_error_of_the_library_is_left_to_chance(kind: type[stripe.StripeError]) -> None:
    """There are some fifty; most are never met here, and prove nothing."""
    made = kind.__new__(kind)
    stripe.StripeError.__init__(made, "…")
    outcome = of_error(made)
    assert outcome.charged_nothing is bool(set(kind.__mro__) & PROOF)
    assert outcome.kind is not OutcomeKind.APPROVED
    assert of_error_before(made).charged_nothing
    assert of_error_asking(made).kind is OutcomeKind.UNKNOWN


def test_the_bank_has_the_first_word_for_a_decline() -> None:
    declined = error(stripe.CardError, 402, code="card_declined", decline_code="lost_card")
    assert of_error(declined) == Outcome(OutcomeKind.DECLINED, code="lost_card", advised=NEVER)


def test_an_attempt_that_was_not_sent_in_time_is_not_tried_again_by_itself() -> None:
    outcome = of_error_before(error(TimedOut))
    assert (outcome.kind, outcome.interruption) == (OutcomeKind.NOT_CHARGED, Interruption.TIMEOUT)
    assert of_error_before(error(stripe.APIError, 500)).kind is OutcomeKind.UNREACHABLE
    assert of_error_before(error(stripe.IdempotencyError, 400)).kind is OutcomeKind.NOT_CHARGED
    assert of_error_before(error(stripe.AuthenticationError, 401)).kind is OutcomeKind.NOT_CHARGED
