"""The poll is answered before Flask begins, and the answer is Flask's own to the last byte."""

from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.payments.page.fast.poll import Poll
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import State
from tests.support.databases import ON_BOTH, write_into
from tests.support.middleware import spy_on_next
from tests.support.shopper import Shopper

# The poll asks each driver itself, past SQLAlchemy.
pytestmark = ON_BOTH

# What a session can be besides its state: all that changes what the page says.
CASES: dict[str, dict[str, Any]] = {
    **{state.value: {"state": state.value} for state in State},
    "nothing tried": {"state": "created", "attempts": 0},
    "cancelling, at rest": {"state": "created", "cancel_requested_at": "2026-11-22 09:00:00"},
    "cancelling, at the bank": {"state": "action_required", "cancel_requested_at": "2026-11-22 09:00:00"},
    "returned in part": {"state": "completed", "refunded": 1000},
    "paid after a cancel": {"state": "completed", "cancel_requested_at": "2026-11-22 09:00:00"},
    "wanted back": {
        "state": "completed",
        "cancel_requested_at": "2026-11-22 09:00:00",
        "refund_wanted_at": "2026-11-22 09:05:00",
    },
    "asked about": {"state": "completed", "disputed_at": "2026-11-22 09:00:00", "dispute": "inquiry"},
    "disputed": {"state": "completed", "disputed_at": "2026-11-22 09:00:00", "dispute": "open"},
    "dispute lost": {"state": "refunded", "disputed_at": "2026-11-22 09:00:00", "dispute": "lost"},
    "returned, and disputed": {"state": "refunded", "disputed_at": "2026-11-22 09:00:00", "dispute": "open"},
    "to be returned": {"state": "completed", "refund_due": True},
    "retried by itself": {"state": "interrupted", "retry_at": "2026-11-22 11:00:00"},
    "the bank's address": {"state": "action_required", "action_url": "https://bank.example/?a=1&b=<2>"},
    "declined": {"state": "interrupted", "refusal_code": "insufficient_funds"},
    "refused otherwise": {"state": "failed", "refusal_code": "<script>"},
    **{
        kind.value: {"state": "checking", "interruption": kind.value, "interrupted_at": "2026-11-22 09:00:00"}
        for kind in Interruption
    },
    "nearly over": {"state": "created", "expires_at": "2100-01-01 00:01:01.5"},
    "of a merchant": {"state": "cancelled", "merchant": "a", "return_url": "https://shop.example/?a&b"},
    "without an order": {"state": "completed", "order_id": None},
    "in yen": {"state": "completed", "currency": "JPY", "amount": 1234567},
    "in dinars": {"state": "created", "currency": "KWD", "amount": 1234567},
}
NOW = datetime(2100, 1, 1, tzinfo=UTC)


ADDRESSES = ("http://localhost", "https://shop.example:8443")

Ask = Callable[..., TestResponse]


@pytest.fixture
def poll(app: Flask) -> Poll:
    found = app.wsgi_app
    assert isinstance(found, Poll)
    return found


@pytest.fixture
def passed_on(poll: Poll, by_flask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went on to Flask."""
    return spy_on_next(poll, monkeypatch)


@pytest.fixture
def by_flask(app: Flask, poll: Poll, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Sends a request that Flask answers, as if there were nothing in front of it."""
    flask = poll._next

    def ask(client: FlaskClient, address: str, **more: Any) -> TestResponse:
        with monkeypatch.context() as patch:
            patch.setattr(app, "wsgi_app", flask)
            return send(client, address, **more)

    return ask


@pytest.mark.parametrize("case", CASES)
def test_its_answer_is_flasks_own(
    case: str, app: Flask, database: str, shopper: Shopper, passed_on: list[str], by_flask: Ask
) -> None:
    clock.freeze(NOW)
    session = shopper.order()
    change(database, session, **{"attempts": 2, "version": 7, **CASES[case]})
    del passed_on[:]
    for client in (shopper.client, app.test_client()):
        for query, status in (("?seen=6", 200), ("", 200), ("?seen=7", 204)):
            for address in ADDRESSES:
                request = (client, f"/pay/{session}/status{query}")
                answer = send(*request, base_url=address)
                assert answer.status_code == status
                assert whole(answer) == whole(by_flask(*request, base_url=address))
    assert not passed_on


def test_behind_a_proxy_too_its_answer_is_flasks_own(shopper: Shopper, settings: Settings) -> None:
    path = f"/pay/{shopper.order()}/status"
    behind_proxy = create_app(settings.model_copy(update={"base_url": "https://shop.example"}))
    poll, client = behind_proxy.wsgi_app, behind_proxy.test_client()
    answer = send(client, path)
    assert isinstance(poll, Poll)
    behind_proxy.wsgi_app = poll._next  # type: ignore[method-assign]
    assert whole(answer) == whole(send(client, path))
    assert "Strict-Transport-Security" in answer.headers


def test_whatever_is_unusual_goes_on_to_flask(
    shopper: Shopper, client: FlaskClient, passed_on: list[str], by_flask: Ask
) -> None:
    status = f"/pay/{shopper.order()}/status"
    odd = ["seen=x", "seen=-1", "seen=1.0", "seen=%31", "seen=", "seen=1&seen=2", "seen=1&more", "seen=%00", "=", "x"]
    unusual: list[tuple[str, dict[str, Any]]] = [
        (status, {"method": "POST"}),
        (status, {"method": "OPTIONS"}),
        (status, {"data": b"x" * 100}),
        (status, {"data": b"x" * 100_000}),
        (status, {"headers": {"Transfer-Encoding": "chunked"}}),
        (status, {"headers": {"Host": "a b"}}),
        (status, {"headers": {"Host": ""}}),
        (status, {"base_url": "http://localhost/below"}),
        (f"{status}?seen={'1' * 30}", {}),
        (f"{status}/", {}),
        (f"{status}%0a", {}),
        *((f"{status}?{query}", {}) for query in odd),
        *((f"/pay/{session}/status?seen=1", {}) for session in ("none", "%00", "a%00", "☃", "x" * 65, "a/b", "..")),
    ]
    for address, more in unusual:
        del passed_on[:]
        answer = send(client, address, **more)
        assert passed_on, address
        assert whole(answer) == whole(by_flask(client, address, **more))


def test_whether_there_is_news_is_told_without_the_news(shopper: Shopper, passed_on: list[str], by_flask: Ask) -> None:
    path = f"/pay/{shopper.order()}/status"
    del passed_on[:]
    for query, status in (("?seen=0", 200), ("?seen=1", 204), ("?seen=1&wait=1", 204)):
        request = (shopper.client, path + query)
        answer, flasks = send(*request, method="HEAD"), by_flask(*request, method="HEAD")
        assert (answer.status_code, answer.data) == (flasks.status_code, b"") == (status, b"")
        assert set(flasks.headers) - set(answer.headers) <= {("Content-Length", flasks.headers.get("Content-Length"))}
    assert not passed_on


def test_an_answer_without_news_says_only_what_matters_of_it(shopper: Shopper) -> None:
    path = f"/pay/{shopper.order()}/status?seen=1"
    assert dict(send(shopper.client, path).headers) == {"Cache-Control": "no-store", "Vary": "Cookie"}


def test_a_poll_leaves_the_cookie_as_it_is(shopper: Shopper, by_flask: Ask) -> None:
    page = f"/pay/{shopper.order()}"
    for path in (f"{page}/status?seen=1", f"{page}/status"):
        assert "Set-Cookie" not in shopper.get(path).headers
        assert "Set-Cookie" not in by_flask(shopper.client, path).headers


def test_a_session_out_of_time_ends_when_it_is_polled(shopper: Shopper, passed_on: list[str]) -> None:
    session = shopper.order()
    clock.freeze(NOW)
    for query in ("?seen=1", ""):
        del passed_on[:]
        answer = shopper.get(f"/pay/{session}/status{query}")
        assert 'data-state="expired"' in answer.text
    assert not passed_on, "it has ended, and is like any other"


def change(database: str, session: str, **values: Any) -> None:
    """Write past the shop."""
    values = {"expires_at": "2100-01-01 00:15:00", **values}
    columns = ", ".join(f"{name} = ?" for name in values)
    write_into(database, f"update payment_session set {columns} where id = ?", *values.values(), session)  # noqa: S608


def send(client: FlaskClient, address: str, **more: Any) -> TestResponse:
    return Context().run(client.open, address, **more)


def whole(answer: TestResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    return answer.status, list(answer.headers), answer.data
