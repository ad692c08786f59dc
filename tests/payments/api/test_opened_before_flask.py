"""POST session/create of a program with a key: Flask's own answer, and the same on record, without Flask."""

from collections.abc import Iterator
from secrets import token_urlsafe
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as TookTooLong
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.payments.api import creating, keys
from smartcart.payments.api.fast.opening import Opening
from smartcart.payments.api.fast.reading import Reading
from smartcart.payments.page.fast.poll import Poll
from tests.payments.api.test_before_flask import same, timeless
from tests.payments.api.test_create import WRONG
from tests.payments.page.test_poll import ADDRESSES, NOW
from tests.support.caller import CHARGE, Caller, by_key
from tests.support.databases import ON_BOTH, look_into
from tests.support.middleware import Ask, asking_behind, spy_on_next

pytestmark = ON_BOTH

CREATE = "/session/create"
BODIES: dict[str, dict[str, Any]] = {
    "what is needed": {},
    "all there is": {
        "user": "Zoë ☃",
        "description": 'A "quoted"\n</script> \\',
        "return_url": "https://shop.example/done?a=b",
        "metadata": {"b": "ü", "a": "1"},
    },
    "another currency": {"currency": "JPY", "amount": 1},
    "digits, and no card": {"description": "1234 5678 9012 3456", "metadata": {"order": "2026-11-29 16:45:12.345678"}},
}
REFUSED: list[dict[str, Any] | bytes] = [
    *({"reference": "A-wrong", **CHARGE, name: value} for name, value in WRONG),
    {"order": "SC-1"},
    {"reference": "A-1", **CHARGE, "description": "4242 4242 4242 4242"},
    {"reference": "A-1", **CHARGE, "4242424242424242": "x"},
    b'{"reference": "A-1", "amount": 4200, "currency": "EUR", "description": "\\u0034242424242424242"}',
    '{"reference": "A-1", "amount": 4200, "currency": "EUR", "description": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}'.encode(),
    '{"reference": "A-1", "amount": 4200, "currency": "EUR", "description": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}'.encode("utf-16-le"),
    b'{"reference": "A-1", "amount": 1, "amount": 4200, "currency": "EUR"}',
    b"{}",
    b"[]",
    b"no json",
    b"\xff",
]
BROKEN = [
    OperationalError("connect", {}, Exception("nobody there")),
    TookTooLong("the turn did not come"),
    ZeroDivisionError(),
]
TRAIL = "select kind, actor, before, after, move, detail, device from payment_event where session_id = ?"
TOLD = "select merchant, type from unnumbered_event"


@pytest.fixture
def opening(app: Flask) -> Opening:
    poll = app.wsgi_app
    assert isinstance(poll, Poll)
    assert isinstance(poll._next, Reading)
    assert isinstance(poll._next._next, Opening)
    return poll._next._next


@pytest.fixture
def by_flask(app: Flask, opening: Opening, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Sends a request that Flask answers, as if there were nothing in front of it."""
    return asking_behind(opening, app, monkeypatch)


@pytest.fixture
def passed_on(opening: Opening, by_flask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went on to Flask."""
    return spy_on_next(opening, monkeypatch)


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    clock.freeze(NOW)
    yield
    clock.freeze(None)


@pytest.mark.parametrize("case", BODIES)
def test_what_is_opened_is_answered_and_on_record_as_by_flask(
    case: str, merchant: Caller, database: str, passed_on: list[str], by_flask: Ask
) -> None:
    for number, address in enumerate(ADDRESSES):
        body = CHARGE | BODIES[case]
        phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile"}
        sent = {"base_url": address, "headers": phone}
        found = []
        for ask, reference in ((Caller.send, "A"), (by_flask, "B")):
            answer = ask(merchant, "POST", CREATE, **sent, json=body | {"reference": f"{reference}-{number}"})
            assert answer.status_code == 201, answer.text
            session = answer.get_json()["id"]
            assert merchant.session(session) == answer.get_json()
            found.append((without(session, answer), look_into(database, TRAIL, session)))
        assert found[0] == found[1]
    assert passed_on.count("/api/payments" + CREATE) == 0
    assert len(set(look_into(database, TOLD))) == 1


def without(session: str, answer: TestResponse) -> Any:
    """An answer without what only this session has."""
    status, headers, data = timeless(answer)
    return (
        status,
        [(name, value.replace(session, "…")) for name, value in headers],
        data.replace(session.encode(), b"").replace(b'"B-', b'"A-'),
    )


@pytest.mark.parametrize("body", REFUSED, ids=lambda body: str(body)[-60:])
def test_what_is_refused_is_refused_as_by_flask(
    body: dict[str, Any] | bytes, merchant: Caller, database: str, passed_on: list[str], by_flask: Ask
) -> None:
    sent: dict[str, Any] = (
        {"json": body} if isinstance(body, dict) else {"data": body, "content_type": "application/json"}
    )
    answer = merchant.send("POST", CREATE, **sent)
    assert passed_on
    assert answer.status_code >= 400
    assert same(answer, by_flask(merchant, "POST", CREATE, **sent))
    assert not look_into(database, "select id from payment_session")


def test_whatever_is_unusual_goes_on_to_flask(
    merchant: Caller, admin: Caller, app: Flask, passed_on: list[str], by_flask: Ask
) -> None:
    known = merchant.headers()["Authorization"]
    revoked = by_key(app, "another merchant")
    keys.revoke("another merchant")
    nobody = Caller(merchant.client, dict)
    merchant.create("A-1")

    def new(**headers: str) -> dict[str, Any]:
        return {"json": {"reference": token_urlsafe(), **CHARGE}, "headers": headers}

    unusual: list[tuple[Caller, str, str, dict[str, Any]]] = [
        (merchant, "POST", CREATE, {"json": {"reference": "A-1", **CHARGE}}),
        (merchant, "POST", CREATE, {"json": {"reference": "A-1", **CHARGE, "amount": 7}}),
        (revoked, "POST", CREATE, new()),
        (nobody, "POST", CREATE, new()),
        (nobody, "POST", CREATE, new(Authorization=known + "x")),
        (nobody, "POST", CREATE, new(Authorization=known.replace("Bearer", "bearer"))),
        (merchant, "POST", CREATE, new(Cookie="a=b")),
        (merchant, "POST", CREATE, new(**{"Idempotency-Key": "once"})),
        (merchant, "POST", CREATE, new(Host="a b")),
        (merchant, "POST", CREATE, {"data": "a=b", "content_type": "application/x-www-form-urlencoded"}),
        (merchant, "POST", CREATE, {"data": b"x" * 100_000, "content_type": "application/json"}),
        (merchant, "POST", CREATE, {}),
        (merchant, "POST", f"{CREATE}?x=1", new()),
        (merchant, "POST", f"{CREATE}/", new()),
        (merchant, "PUT", CREATE, new()),
        (merchant, "GET", CREATE, {}),
    ]
    for caller, method, path, sent in unusual:
        del passed_on[:]
        answer = caller.send(method, path, **sent)
        assert passed_on, (method, path, sent)
        if answer.status_code != 201:
            assert same(answer, by_flask(caller, method, path, **sent)), (method, path, sent)


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
def test_what_fails_is_told_as_by_flask_and_not_tried_again(
    error: Exception, merchant: Caller, passed_on: list[str], by_flask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    def fails(who: object, *_: object) -> None:
        tries.append(who)
        raise error

    body = {"reference": "A-1", **CHARGE}
    with monkeypatch.context() as broken:
        broken.setattr(creating, "for_merchant", fails)
        answer = merchant.send("POST", CREATE, json=body)
        assert len(tries) == 1
        assert not passed_on
        assert answer.status_code >= 500
        assert same(answer, by_flask(merchant, "POST", CREATE, json=body))
    assert merchant.post(CREATE, body).status_code == 201
