"""The examples of openapi.json: each is sent to a shop, and what it answers is what the example of the answer says."""

from collections.abc import Callable
from typing import Any

import pytest

from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import merchant_feed, queries
from smartcart.rules.outcomes import TIMED_OUT
from tests.payments.api.staged import Stage, alike
from tests.support.described import answer_examples, calls, examples_of, good_answers, request_examples

# Makes a stage ready for a call, and returns what is to be sent besides its example, by the names of `Stage.call`.
Scene = Callable[[Stage], dict[str, Any]]


def nothing(_: Stage) -> dict[str, Any]:
    return {}


def opened(stage: Stage) -> dict[str, Any]:
    return {"about": stage.opened()}


def paid(stage: Stage) -> dict[str, Any]:
    return {"about": stage.ended()}


def declined(stage: Stage) -> dict[str, Any]:
    return {"about": stage.ended("sandbox_decline")}


def in_the_dark(stage: Stage) -> dict[str, Any]:
    return {"about": stage.ended("sandbox_lost_reply")}


def in_flight(stage: Stage) -> dict[str, Any]:
    return {"about": stage.in_flight()}


def seen_before(stage: Stage) -> dict[str, Any]:
    session = stage.opened()
    return {"about": session, "headers": {"If-None-Match": stage.call("getSession", session).headers["ETag"]}}


def ordered_in_this_shop(stage: Stage) -> dict[str, Any]:
    """With the order's number in the place of that in the example."""
    order = stage.customer.session(stage.shopper.order())["order"]
    return {"caller": stage.customer, "json": {"order": order}}


def refund_without_an_answer(stage: Stage) -> dict[str, Any]:
    stage.monkeypatch.setattr(stage.sandbox, "refund", lambda *_: RefundAnswer.UNKNOWN)
    return paid(stage)


def numbered(stage: Stage) -> dict[str, Any]:
    stage.ended()
    merchant_feed.give_numbers()
    return {}


def held(stage: Stage) -> dict[str, Any]:
    return {"about": stage.held()}


def held_without_an_answer(stage: Stage) -> dict[str, Any]:
    scene = held(stage)
    for call in ("ask", "close"):
        stage.monkeypatch.setattr(stage.sandbox, call, lambda *_: TIMED_OUT)
    return scene


def lapsed(stage: Stage) -> dict[str, Any]:
    session = stage.held()
    stage.sandbox.close(queries.standing(session).handle)
    return {"about": session}


def webhook(stage: Stage) -> dict[str, Any]:
    return {"about": stage.webhook()}


# By call: the example of the body, if it has one; the answer's status and example; and how it comes to that.
SCENES: dict[str, dict[tuple[str, int, str], Scene]] = {
    "createSession": {
        ("for_your_own_order", 201, "opened"): nothing,
        ("with_all_fields", 201, "opened_with_all_fields"): nothing,
        ("for_your_own_order", 200, "open_already"): opened,
        ("for_an_order_of_this_shop", 200, "order_of_this_shop"): ordered_in_this_shop,
    },
    "getSession": {
        ("", 200, "paid"): paid,
        ("", 200, "declined"): declined,
        ("", 200, "in_the_dark"): in_the_dark,
        ("", 304, ""): seen_before,
    },
    "getSummary": {("", 200, "paid_at_the_first_attempt"): paid},
    "paySession": {("a_card_of_the_sandbox", 202, "under_way"): opened},
    "resumeSession": {
        ("with_another_card", 202, "second_attempt"): declined,
        ("the_same_way_again", 202, "the_same_way_again"): declined,
    },
    "completeSession": {("nothing", 200, "paid"): paid},
    "interruptSession": {("a_timeout", 202, "written_down"): opened},
    "cancelSession": {
        ("with_a_reason", 200, "cancelled"): opened,
        ("with_a_reason", 202, "cancelling"): in_flight,
    },
    "refundSession": {
        ("a_part", 200, "given_back_in_part"): paid,
        ("with_the_goods", 200, "all_given_back"): paid,
        ("all_that_is_left", 202, "under_way"): refund_without_an_answer,
    },
    "captureSession": {
        ("nothing", 200, "taken"): held,
        ("nothing", 200, "not_set_aside_any_more"): lapsed,
        ("nothing", 202, "under_way"): held_without_an_answer,
    },
    "releaseSession": {
        ("with_a_reason", 200, "given_free"): held,
        ("with_a_reason", 202, "under_way"): held_without_an_answer,
    },
    "listActiveSessions": {("", 200, "one_session"): opened},
    "listEvents": {("", 200, "two_events"): numbered},
    "listWebhooks": {("", 200, "one_webhook"): webhook},
    "createWebhook": {("of_two_types", 201, "made"): nothing, ("thin_and_of_all", 201, "thin"): nothing},
    "getWebhook": {("", 200, "the_webhook"): webhook},
    "rotateWebhookSecret": {("nothing", 200, "another_secret"): webhook},
    "switchOnWebhook": {("nothing", 200, "switched_on"): webhook},
    "removeWebhook": {("nothing", 204, ""): webhook},
    "getDescription": {("", 200, ""): nothing},
}


@pytest.mark.parametrize(
    ("name", "body", "status", "example"),
    [pytest.param(name, *exchange, id=f"{name} {exchange}") for name in SCENES for exchange in SCENES[name]],
)
def test_an_example_is_answered_as_the_example_of_the_answer_says(
    stage: Stage, name: str, body: str, status: int, example: str
) -> None:
    answer = stage.call(name, example=body, **SCENES[name][body, status, example](stage))
    assert answer.status_code == status, answer.text
    if example:
        assert alike(answer.get_json()) == alike(answer_examples(name, status)[example])


@pytest.mark.parametrize("name", calls())
def test_each_example_is_sent_and_each_answer_comes(name: str) -> None:
    assert {body for body, _, _ in SCENES[name] if body} == set(request_examples(name))
    assert {(status, example) for _, status, example in SCENES[name]} == good_answers(name)


@pytest.mark.parametrize("name", calls())
def test_each_example_fits_what_it_is_an_example_of(name: str) -> None:
    for fits, example in examples_of(name):
        fits.validate(example)
