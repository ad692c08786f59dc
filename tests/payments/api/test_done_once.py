"""What was done under an idempotency key is done once, though its answer was lost: by a crash, a fault, or age."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.api import creating, idempotency, routes
from smartcart.payments.api.models import KeptAnswer
from smartcart.payments.core.gateway_pool import GatewayPool
from smartcart.payments.core.models import Attempt, EventKind, PaymentSession
from smartcart.payments.core.models import Event as Line
from smartcart.payments.core.refund_model import Refund
from tests.payments.paying import set_aside
from tests.support.caller import CHARGE, Caller
from tests.support.databases import ON_BOTH
from tests.support.waiting import wait_for

# Each database holds two of one key apart in its own way.
pytestmark = ON_BOTH

Reached = Callable[..., PaymentSession]
Send = Callable[[], Any]
Lose = Callable[[Send], None]

BODY = {"reference": "A-1", **CHARGE}
# What the same request may be about: where the session stands before, the address, and what is sent.
ACTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create": ("none", "/session/create", BODY),
    "pay": ("created", "/session/{}/pay", {"method": "sandbox_decline"}),
    "resume": ("interrupted", "/session/{}/resume", {"method": "sandbox_decline"}),
    "cancel": ("created", "/session/{}/cancel", {"reason": "changed my mind"}),
    "interrupt": ("interrupted", "/session/{}/interrupt", {"kind": "timeout"}),
    "complete": ("completed", "/session/{}/complete", {}),
    "capture": ("authorized", "/session/{}/capture", {}),
    "release": ("authorized", "/session/{}/release", {"reason": "it looks odd"}),
    "refund": ("completed", "/session/{}/refund", {"amount": 1000}),
}
DONE = (EventKind.OPENED, EventKind.MOVED, EventKind.CANCEL_REQUESTED, EventKind.INTERRUPTED, EventKind.REFUND_MADE)


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> dict[str, Lose]:
    """The ways in which an answer is lost after the work was done."""

    def by_crash(send: Send) -> None:
        send()
        with writing():
            kept = db.session.scalars(select(KeptAnswer)).one()
            kept.status, kept.body = None, ""
        clock.freeze(clock.now() + idempotency.WORKED_ON_FOR + timedelta(seconds=1))

    def by_fault(send: Send) -> None:
        def refuse(*_: object) -> None:
            raise OperationalError("select …", {}, Exception("database is locked"))

        with monkeypatch.context() as broken:
            for module in (creating, routes):
                broken.setattr(module, "answer_with", refuse)
            assert send().status_code == 503

    def by_age(send: Send) -> None:
        send()
        clock.freeze(clock.now() + timedelta(hours=25))
        assert idempotency.forget_old() == 1

    def by_wrong_clock(send: Send) -> None:
        by_crash(send)
        clock.freeze(clock.now() - timedelta(days=2))

    return {"crash": by_crash, "fault": by_fault, "age": by_age, "wrong clock": by_wrong_clock}


def session_that_is(state: str, admin: Caller, reached: Reached) -> str:
    if state == "none":
        return ""
    session: str = admin.create()["id"]
    methods = {"interrupted": "sandbox_decline", "completed": "sandbox_approve"}
    if state == "authorized":
        return set_aside(session)
    if state in methods:
        admin.pay(session, methods[state])
        reached(session, state)
    return session


def done() -> dict[str, int]:
    """All that was done so far, counted."""
    db.session.rollback()
    counted: dict[str, Any] = {
        "sessions": select(func.count()).select_from(PaymentSession),
        "attempts": select(func.count()).select_from(Attempt),
        "refunds": select(func.count()).select_from(Refund),
        "lines": select(func.count()).select_from(Line).where(Line.kind.in_(DONE)),
    }
    return {name: db.session.scalar(query) or 0 for name, query in counted.items()}


def is_idle(app: Flask) -> bool:
    """Whether nothing is with the gateway any more."""
    pool: GatewayPool = app.extensions["smartcart"].pool
    return pool.is_idle


@pytest.mark.parametrize("way", ["crash", "fault", "age", "wrong clock"])
@pytest.mark.parametrize("action", list(ACTIONS))
def test_the_same_request_is_done_once_however_its_answer_was_lost(
    app: Flask, admin: Caller, reached: Reached, lose: dict[str, Lose], action: str, way: str
) -> None:
    state, path, body = ACTIONS[action]
    session = session_that_is(state, admin, reached)

    def send() -> Any:
        return admin.post(path.format(session), body, Idempotency_Key="k1")

    lose[way](send)
    wait_for(lambda: is_idle(app))
    before = done()
    again = send()
    assert again.status_code in (200, 201, 202), again.text
    assert "Idempotent-Replayed" not in again.headers
    wait_for(lambda: is_idle(app))
    assert done() == before
    assert send().headers["Idempotent-Replayed"] == "true"


def test_money_goes_back_once_under_one_key(
    admin: Caller, reached: Reached, lose: dict[str, Lose], sandbox: Sandbox
) -> None:
    session = session_that_is("completed", admin, reached)
    for way in ("crash", "fault", "age"):
        lose[way](lambda: admin.post(f"/session/{session}/refund", {"amount": 1000}, Idempotency_Key="k1"))
    assert admin.post(f"/session/{session}/refund", {"amount": 1000}, Idempotency_Key="k1").status_code == 200
    assert [charge.refunded for charge in sandbox.charges()] == [1000]


def test_a_key_is_used_for_ever_by_what_was_done_under_it(
    admin: Caller, reached: Reached, lose: dict[str, Lose]
) -> None:
    session = session_that_is("completed", admin, reached)
    lose["age"](lambda: admin.post(f"/session/{session}/refund", {"amount": 1000}, Idempotency_Key="k1"))
    for path, body in ((f"/session/{session}/refund", {"amount": 2000}), ("/session/create", BODY)):
        other = admin.post(path, body, Idempotency_Key="k1")
        assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert admin.session(session)["refunded"] == 1000


def test_what_was_refused_may_be_asked_for_again_when_its_answer_is_forgotten(
    admin: Caller, reached: Reached, lose: dict[str, Lose]
) -> None:
    session = session_that_is("created", admin, reached)
    lose["age"](lambda: admin.post(f"/session/{session}/refund", {"amount": 1000}, Idempotency_Key="k1"))
    refused = admin.post(f"/session/{session}/refund", {"amount": 1000}, Idempotency_Key="k1")
    assert refused.get_json()["code"] == "nothing_to_return"


def test_the_keys_of_two_callers_are_two(admin: Caller, merchant: Caller) -> None:
    """Also where what was done hangs on them."""
    sessions = {
        caller.post("/session/create", BODY, Idempotency_Key="k1").get_json()["id"] for caller in (admin, merchant)
    }
    assert len(sessions) == 2
