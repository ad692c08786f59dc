"""Each problem that openapi.json lists for a call is one that it really answers, with the words of its example."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from smartcart.database.session import db, writing
from smartcart.fraud import rule_book
from smartcart.gateways.books import RefundAnswer
from smartcart.gateways.protocol import SumProblem, SumRefusal
from smartcart.payments.api.openapi.problems import PROBLEMS
from smartcart.payments.core import record, weather
from smartcart.payments.core.card_declines import FOR_GOOD
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.saved_card_model import SavedCard
from smartcart.rules.payment_states import State
from smartcart.rules.velocity import Action, By, Measure, Rule
from smartcart.rules.weather import Weather
from tests.payments.api.met_by_many import OF_ANY, Scene, send
from tests.payments.api.staged import Stage
from tests.payments.opened import make_refund, time_passes
from tests.payments.saved import keep_card
from tests.support.described import calls, problem_codes, problem_example, request_example
from tests.support.shopper import Shopper

# Problems that are met for more than one reason, each with words of its own.
SAID_IN_MORE_THAN_ONE_WAY = {
    "bad_fields",
    "closed",
    "csrf",
    "forbidden",
    "gone",
    "in_progress",
    "key_needed",
    "not_found",
    "other_gateway",
}
# Which fields are wrong, and the truth about the money of one session and another.
VARIABLE = {"errors", "money", "oldest", "epoch"}


def create_again(**fields: Any) -> Callable[[Stage], TestResponse]:
    """A session for a reference that has one."""
    return lambda stage: stage.call(
        "createSession", json=request_example("createSession", "for_your_own_order") | fields
    )


def create_for_paid(stage: Stage) -> TestResponse:
    stage.ended()
    return create_again()(stage)


def create_for_open(stage: Stage) -> TestResponse:
    stage.opened()
    return create_again(amount=3800)(stage)


def create_for_order(stage: Stage, session: str) -> TestResponse:
    order = stage.customer.session(session)["order"]
    return stage.call("createSession", json={"order": order}, caller=stage.customer)


def create_for_refunded(stage: Stage) -> TestResponse:
    session = stage.shopper.order()
    with stage.gateway_answers():
        stage.customer.pay(session)
        stage.wait_until_over(session)
    make_refund(session)
    return create_for_order(stage, session)


def create_for_sold_out(stage: Stage) -> TestResponse:
    session = stage.shopper.order(quantity=5)
    stage.customer.post(f"/session/{session}/cancel")
    Shopper(stage.app.test_client()).order()
    return create_for_order(stage, session)


def create_without_host(stage: Stage) -> TestResponse:
    return send(stage, "createSession", headers={"Host": "a b"})


def create_for_sum(problem: SumProblem) -> Callable[[Stage], TestResponse]:
    def scene(stage: Stage) -> TestResponse:
        limit = {SumProblem.TOO_SMALL: 50, SumProblem.TOO_LARGE: 99_999_999}.get(problem, 0)
        stage.monkeypatch.setattr(stage.sandbox, "refuses", lambda *_: SumRefusal(problem, limit))
        return create_again()(stage)

    return scene


def change(session: str, **columns: Any) -> None:
    with writing():
        found = db.session.get_one(PaymentSession, session)
        for name, value in columns.items():
            setattr(found, name, value)


def with_order_paid(stage: Stage) -> str:
    """By an earlier session, which was charged when it was over."""
    earlier = stage.opened()
    stage.admin.post(f"/session/{earlier}/cancel")
    later = stage.opened()
    change(earlier, state=State.COMPLETED)
    return later


def cancelled(stage: Stage) -> str:
    session = stage.opened()
    stage.admin.post(f"/session/{session}/cancel")
    return session


def tried_three_times(stage: Stage) -> str:
    session = stage.ended("sandbox_decline")
    for _ in range(2):
        with stage.gateway_answers():
            stage.admin.resume(session)
            stage.wait_until_over(session)
    return session


def begun_elsewhere(stage: Stage) -> str:
    session = stage.ended("sandbox_decline")
    change(session, gateway="stripe")
    return session


def out_of_time(stage: Stage) -> str:
    session = stage.opened()
    time_passes(3600)
    return session


def with_refused_card(stage: Stage, name: str) -> TestResponse:
    with stage.gateway_answers():
        token = keep_card(stage.shopper)
    with writing():
        db.session.query(SavedCard).one().refused_until = FOR_GOOD
    return stage.call(name, stage.shopper.order(), json={"method": token}, caller=stage.customer)


def with_unknown_method(stage: Stage, name: str) -> TestResponse:
    return stage.call(name, stage.opened(), json={"method": "sandbox_teapot"})


def while_busy(stage: Stage, name: str) -> TestResponse:
    stage.monkeypatch.setattr(runtime().pool, "_threads", 0)
    stage.monkeypatch.setattr(runtime().pool, "_longest_line", 0)
    return stage.start(name, stage.opened())


def while_gateway_is_out(stage: Stage, name: str) -> TestResponse:
    """One attempt finds out whether it is back; all others are refused meanwhile."""
    weather.become(Weather.OUT)
    stage.admin.pay(stage.admin.create("the probe")["id"])
    return stage.start(name, stage.opened())


def while_a_rule_asks(action: Action) -> Scene:
    def scene(stage: Stage, name: str) -> TestResponse:
        stage.monkeypatch.setattr(runtime().fraud, "is_on", True)
        with writing():
            rule_book.change(Rule("Any sum at all", By.SHOP, Measure.SUM, 1, 600, action))
        return stage.start(name, stage.opened())

    return scene


def starting(session: Callable[[Stage], str]) -> Scene:
    return lambda stage, name: stage.start(name, session(stage))


STARTING: dict[str, Scene] = {
    "already_paid": starting(with_order_paid),
    "attempts_used_up": starting(tried_three_times),
    "closed": starting(cancelled),
    "outcome_unknown": starting(lambda stage: stage.ended("sandbox_lost_reply")),
    "other_gateway": starting(begun_elsewhere),
    "expired": starting(out_of_time),
    "card_refused": with_refused_card,
    "unknown_method": with_unknown_method,
    "refused_by_shop": while_a_rule_asks(Action.REFUSE),
    "slow_down": while_a_rule_asks(Action.SLOW),
    "busy": while_busy,
    "gateway_out": while_gateway_is_out,
}


def give_back_elsewhere(stage: Stage) -> TestResponse:
    session = stage.ended()
    change(session, gateway="stripe")
    return send(stage, "refundSession", session)


def refuse_refund(stage: Stage) -> TestResponse:
    session = stage.ended()
    stage.monkeypatch.setattr(stage.sandbox, "refund", lambda *_: RefundAnswer.REFUSED)
    return send(stage, "refundSession", session)


def capture_what_is_given_free(stage: Stage) -> TestResponse:
    session = stage.held()
    record.request_release(session, "admin", "")
    return send(stage, "captureSession", session)


OF_ONE: dict[str, dict[str, Callable[[Stage], TestResponse]]] = {
    "createSession": {
        "already_paid": create_for_paid,
        "bad_request": create_without_host,
        "closed": create_for_refunded,
        "different_sum": create_for_open,
        "sold_out": create_for_sold_out,
        **{problem: create_for_sum(problem) for problem in SumProblem},
    },
    "completeSession": {"not_paid": lambda stage: send(stage, "completeSession", stage.opened())},
    "cancelSession": {"already_paid": lambda stage: send(stage, "cancelSession", stage.ended())},
    "refundSession": {
        "nothing_to_return": lambda stage: send(stage, "refundSession", stage.opened()),
        "too_much_to_return": lambda stage: stage.call("refundSession", stage.ended(), json={"amount": 4201}),
        "other_gateway": give_back_elsewhere,
        "refund_refused": refuse_refund,
    },
    "captureSession": {
        "nothing_held": lambda stage: send(stage, "captureSession", stage.opened()),
        "closed": capture_what_is_given_free,
    },
    "releaseSession": {"nothing_held": lambda stage: send(stage, "releaseSession", stage.opened())},
    "listEvents": {"gone": lambda stage: stage.call("listEvents", query_string={"after": "7"})},
}


OF_CERTAIN: dict[tuple[str, str], Callable[[Stage], TestResponse]] = {
    **{(name, code): found for name, scenes in OF_ONE.items() for code, found in scenes.items()},
    **{
        (name, code): partial(found, name=name)
        for name in ("paySession", "resumeSession")
        for code, found in STARTING.items()
    },
}


def check(answer: TestResponse, code: str) -> None:
    problem, example = answer.get_json(), problem_example(code)
    assert (problem["code"], problem["status"]) == (code, answer.status_code)
    assert said(problem) == said(example)


def said(problem: dict[str, Any]) -> dict[str, Any]:
    """What is the same whatever was asked for, and by whom."""
    left_out = {"detail", *VARIABLE} if problem["code"] in SAID_IN_MORE_THAN_ONE_WAY else VARIABLE
    return {name: value for name, value in problem.items() if name not in left_out}


@pytest.mark.parametrize("code", OF_ANY)
def test_a_problem_is_answered_by_each_call_that_lists_it(stage: Stage, code: str) -> None:
    names = [name for name in calls() if code in problem_codes(name) and (name, code) not in OF_CERTAIN]
    assert names
    for name in names:
        check(OF_ANY[code](stage, name), code)


@pytest.mark.parametrize(("name", "code"), OF_CERTAIN)
def test_a_problem_is_answered_by_the_call_that_lists_it(stage: Stage, name: str, code: str) -> None:
    check(OF_CERTAIN[name, code](stage), code)


def test_each_problem_that_is_listed_is_brought_about() -> None:
    listed = {(name, code) for name in calls() for code in problem_codes(name) if code not in OF_ANY}
    assert {each for each in OF_CERTAIN if each[1] not in OF_ANY} == listed
    assert set(PROBLEMS) == {code for name in calls() for code in problem_codes(name)}
