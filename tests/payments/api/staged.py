"""A shop in which each answer of openapi.json can be brought about."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from tests.payments.paying import set_aside
from tests.support.caller import API, Caller, by_cookie, by_key
from tests.support.described import calls, request_example
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# What is another one each time.
OPAQUE = {"id", "secret", "pay_url", "duration"}
WHO = re.compile(r"[\w-]{32}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ORDER = re.compile(r"\bSC-\d+")


class Stage:
    """Who may call, and payments that have come as far as is wanted."""

    def __init__(self, app: Flask, sandbox: Sandbox, answer_now: Event, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = app
        self.sandbox = sandbox
        self.answer_now = answer_now
        self.monkeypatch = monkeypatch
        self.admin = by_key(app, "the office", is_admin=True)
        self.merchant = by_key(app)
        self.shopper = Shopper(app.test_client())
        self.customer = by_cookie(self.shopper)

    def call(
        self, name: str, about: str = "", example: str = "", caller: Caller | None = None, **more: Any
    ) -> TestResponse:
        """Send a call, with one of its examples as its body; `more` is for the client that sends it."""
        method, path, _ = calls()[name]
        if example:
            more = {"json": request_example(name, example), **more}
        return (caller or self.admin).send(method, path.removeprefix(API).replace("{id}", about), **more)

    def opened(self, **fields: Any) -> str:
        return str(self.admin.create("order-17", **fields)["id"])

    def ended(self, method: str = "sandbox_approve", **fields: Any) -> str:
        """A session of which an attempt was made, and is over."""
        session = self.opened(**fields)
        with self.gateway_answers():
            assert self.admin.pay(session, method).status_code == 202
            self.wait_until_over(session)
        return session

    def in_flight(self) -> str:
        """A session whose attempt is with the gateway, which does not answer yet."""
        session = self.opened()
        assert self.admin.pay(session).status_code == 202
        return session

    def held(self) -> str:
        """A session whose sum is set aside."""
        with self.gateway_answers():
            return set_aside(self.opened())

    def wait_until_over(self, session: str) -> None:
        wait_for(lambda: queries.find(session).state not in (State.CREATED, State.PROCESSING))

    def start(self, name: str, session: str) -> TestResponse:
        """Begin an attempt by a call that does."""
        return self.call(name, session, json={"method": "sandbox_approve"})

    def about(self, name: str) -> str:
        """Something that there is, for a call to be about."""
        return self.webhook() if "/webhooks/" in calls()[name][1] else self.opened()

    def webhook(self) -> str:
        """The one that there is, made if there is none."""
        made = self.call("listWebhooks").get_json()["webhooks"]
        one = made[0] if made else self.call("createWebhook", example="of_two_types").get_json()
        return str(one["id"])

    @contextmanager
    def gateway_answers(self) -> Iterator[None]:
        """Until now it kept its answers back, so that what is in flight stays so."""
        self.answer_now.set()
        yield
        self.answer_now.clear()


def alike(answer: Any) -> Any:
    """An answer without what is another one each time."""
    if isinstance(answer, dict):
        return {name: "…" if name in OPAQUE and value else alike(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [alike(each) for each in answer]
    return _alike(answer) if isinstance(answer, str) else answer


def _alike(text: str) -> str:
    return WHO.sub("…", ORDER.sub("SC-…", MOMENT.sub("…", text)))
