"""Whoever talks to the JSON API: a merchant's software with its key, or a shopper's browser with its cookie."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from smartcart.payments.api.keys import make_key
from tests.support.described import hold
from tests.support.shopper import Shopper, product

API = "/api/payments"
CHARGE = {"amount": 4200, "currency": "EUR"}


class Caller:
    """One caller. `headers` say who it is and go with every request; each request runs in a context of its own.

    Whatever is answered is held against openapi.json.
    """

    def __init__(self, client: Client, headers: Callable[[], dict[str, str]]) -> None:
        self.client = client
        self.headers = headers

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Post JSON; `headers` are named with underscores: Idempotency_Key."""
        return self.send("POST", path, headers, json={} if body is None else body)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        asked = {"method": method, "headers": self.headers() | named, **more}
        answer = Context().run(self.client.open, API + path, **asked)
        hold(method, answer.request.path, answer)
        return answer

    def create(self, reference: str = "A-1", **fields: Any) -> dict[str, Any]:
        """Open a session for an order of one's own shop; returns it."""
        response = self.post("/session/create", {"reference": reference, **CHARGE, **fields})
        assert response.status_code in (200, 201), response.text
        return dict(response.get_json())

    def pay(self, session: str, method: str = "sandbox_approve") -> TestResponse:
        return self.post(f"/session/{session}/pay", {"method": method})

    def resume(self, session: str, method: str | None = None) -> TestResponse:
        return self.post(f"/session/{session}/resume", {"method": method} if method else {})

    def session(self, session: str) -> dict[str, Any]:
        response = self.get(f"/session/{session}")
        assert response.status_code == 200, response.text
        return dict(response.get_json())

    def summary(self, session: str) -> dict[str, Any]:
        response = self.get(f"/session/{session}/summary")
        assert response.status_code == 200, response.text
        return dict(response.get_json())


def by_key(app: Flask, name: str = "a merchant", is_admin: bool = False) -> Caller:
    """Software with a key of its own."""
    key = make_key(name, is_admin=is_admin)
    return Caller(app.test_client(use_cookies=False), lambda: {"Authorization": f"Bearer {key}"})


def by_cookie(shopper: Shopper) -> Caller:
    """The browser of a shopper, with the CSRF token of its pages."""
    product()  # without one there is no form on the front page, and so no token
    return Caller(shopper.client, lambda: {"X-CSRFToken": shopper.token()})
