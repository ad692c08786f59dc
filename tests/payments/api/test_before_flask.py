"""GET session/:id and sessions/active of a program with a key: Flask's own answers, without Flask."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.payments.api import keys
from smartcart.payments.api.fast.reading import Reading
from smartcart.payments.page.fast.poll import Poll
from tests.payments.page.test_poll import ADDRESSES, CASES, NOW, change, whole
from tests.support.caller import Caller, by_key
from tests.support.databases import ON_BOTH, write_into
from tests.support.middleware import Ask, asking_behind, spy_on_next
from tests.support.shopper import Shopper

# What is asked goes to each driver itself, past SQLAlchemy.
pytestmark = ON_BOTH

# What the page does not show, and the API does.
MORE_CASES: dict[str, dict[str, Any]] = {
    "in other letters": {"description": 'Σ☃ "quoted" \\ </script>\n', "owner": "Zoë\x7f"},
    "with the merchant's own data": {"merchant_data": '{"b": "ü", "a": "1"}'},
    "interrupted at some time": {"interruption": "timeout", "interrupted_at": "2026-11-22 09:00:00.25"},
    "not to be tried before": {"state": "interrupted", "advice": "later", "not_before": "2100-01-01 01:00:00"},
    "at another gateway": {"state": "interrupted", "gateway": "stripe"},
    "at another account": {"state": "interrupted", "account": "sandbox another"},
    "over while it is in flight": {"state": "checking", "expires_at": "2099-12-31 23:59:59"},
}

# A column, what somebody writes into it, and what is shown then.
CHANGES: list[tuple[str, object, tuple[str, object]]] = [
    ("owner", "ada", ("user", "ada")),
    ("description", "two", ("description", "two")),
    ("merchant_data", '{"a": "1"}', ("metadata", {"a": "1"})),
    ("state", "interrupted", ("status", "interrupted")),
    ("attempts", 3, ("attempts", 3)),
    ("max_attempts", 12, ("max_attempts", 12)),
    ("retry_at", "2100-01-01 00:10:00", ("retry_at", "2100-01-01T00:10:00Z")),
    ("cancel_requested_at", "2100-01-01 00:00:00", ("cancelling", True)),
    ("amount", 7, ("amount", 7)),
    ("account", "sandbox another", ("can_retry", False)),
    ("version", 9, ("version", 9)),
]
UNUSUAL_LISTS = (
    "",
    "limit=0",
    "limit=101",
    "limit=01",
    "limit=1&",
    "limit=1&status=created",
    "limit=%31",
    "status=created",
)
OTHER = {"If-None-Match": f'"{"0" * 40}"'}


@pytest.fixture
def reading(app: Flask) -> Reading:
    poll = app.wsgi_app
    assert isinstance(poll, Poll)
    assert isinstance(poll._next, Reading)
    return poll._next


@pytest.fixture
def passed_on(reading: Reading, by_flask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went on to Flask."""
    return spy_on_next(reading, monkeypatch)


@pytest.fixture
def by_flask(app: Flask, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Sends a request that Flask answers, as if there were nothing in front of it."""
    return asking_behind(reading, app, monkeypatch)


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    clock.freeze(NOW)
    yield
    clock.freeze(None)


@pytest.mark.parametrize("case", CASES | MORE_CASES)
def test_a_session_is_shown_as_flask_shows_it(
    case: str, merchant: Caller, admin: Caller, database: str, passed_on: list[str], by_flask: Ask
) -> None:
    session = merchant.create(metadata={"basket": "7"})["id"]
    values = {"attempts": 2, "version": 7, **(CASES | MORE_CASES)[case]}
    change(database, session, **{name: value for name, value in values.items() if name not in ("order_id", "merchant")})
    del passed_on[:]
    for caller in (merchant, admin):
        for address in ADDRESSES:
            first = caller.send("GET", f"/session/{session}", base_url=address)
            for seen, status in (({}, 200), ({"If-None-Match": first.headers["ETag"]}, 304), (OTHER, 200)):
                answer = caller.send("GET", f"/session/{session}", seen, base_url=address)
                assert answer.status_code == status
                assert same(answer, by_flask(caller, "GET", f"/session/{session}", seen, base_url=address))
    assert not passed_on


def test_open_sessions_are_listed_as_flask_lists_them(
    merchant: Caller, admin: Caller, database: str, passed_on: list[str], by_flask: Ask
) -> None:
    for number, case in enumerate(CASES | MORE_CASES):
        session = merchant.create(f"A-{number}", metadata={"basket": "7"})["id"]
        values = {"attempts": 2, **(CASES | MORE_CASES)[case]}
        change(
            database, session, **{name: value for name, value in values.items() if name not in ("order_id", "merchant")}
        )
    over = merchant.create("A-over", metadata={"basket": "7"})["id"]
    change(database, over, state="interrupted", attempts=1, expires_at="2099-12-31 23:59:59")
    there_are = admin.get("/sessions/active?limit=100").get_json()["count"]
    del passed_on[:]
    for limit in (1, there_are - 1, there_are, 100):
        for address in ADDRESSES:
            request = ("GET", f"/sessions/active?limit={limit}")
            assert same(admin.send(*request, base_url=address), by_flask(admin, *request, base_url=address))
    assert not passed_on


def test_the_list_shows_each_change_of_a_session_whoever_made_it(
    merchant: Caller, admin: Caller, database: str
) -> None:
    session = merchant.create(description="one")["id"]
    listed = "/sessions/active?limit=1"
    for name, value, shown in CHANGES:
        write_into(database, f"update payment_session set {name} = ? where id = ?", value, session)  # noqa: S608
        assert admin.get(listed).get_json()["sessions"][0][shown[0]] == shown[1], name
    clock.freeze(clock.now() + timedelta(minutes=15))
    assert admin.get(listed).get_json()["sessions"][0]["expired"] is True


def test_a_key_that_is_taken_back_opens_nothing_from_that_moment_in_every_process(
    merchant: Caller, admin: Caller, settings: Settings
) -> None:
    session = merchant.create()["id"]
    another_process = create_app(settings).test_client(use_cookies=False)
    elsewhere = Caller(another_process, merchant.headers)
    assert {caller.get(f"/session/{session}").status_code for caller in (merchant, elsewhere)} == {200}
    keys.revoke("a merchant")
    keys.revoke("the office")
    assert {caller.get(f"/session/{session}").status_code for caller in (merchant, elsewhere, admin)} == {401}
    assert admin.get("/sessions/active?limit=1").status_code == 401


def test_a_key_that_was_made_anew_holds_for_as_long_as_was_said(merchant: Caller) -> None:
    session = merchant.create()["id"]
    new = keys.rotate("a merchant", overlap_hours=1)
    renewed = Caller(merchant.client, lambda: {"Authorization": f"Bearer {new}"})
    assert [caller.get(f"/session/{session}").status_code for caller in (merchant, renewed)] == [200, 200]
    clock.freeze(clock.now() + timedelta(hours=1))
    assert [caller.get(f"/session/{session}").status_code for caller in (merchant, renewed)] == [401, 200]


def test_whatever_is_unusual_goes_on_to_flask(
    merchant: Caller, admin: Caller, app: Flask, shopper: Shopper, passed_on: list[str], by_flask: Ask
) -> None:
    session, known = merchant.create()["id"], merchant.headers()["Authorization"]
    one, listed = f"/session/{session}", "/sessions/active"
    other, nobody = by_key(app, "another merchant"), Caller(merchant.client, dict)
    unusual: list[tuple[Caller, str, str, dict[str, str]]] = [
        (other, "GET", one, {}),
        (nobody, "GET", one, {}),
        (nobody, "GET", one, {"Authorization": known + "x"}),
        (nobody, "GET", one, {"Authorization": known.replace("Bearer ", "Bearer  ")}),
        (nobody, "GET", one, {"Authorization": known.replace("Bearer", "bearer")}),
        (nobody, "GET", one, {"Authorization": "Bearer \xe9"}),
        (merchant, "HEAD", one, {}),
        (merchant, "OPTIONS", one, {}),
        (merchant, "DELETE", one, {}),
        (merchant, "GET", f"{one}?x=1", {}),
        (merchant, "GET", f"{one}/", {}),
        (merchant, "GET", f"{one}/summary", {}),
        (merchant, "GET", "/session/%00", {}),
        (merchant, "GET", f"/session/{'A' * 32}", {}),
        (merchant, "GET", one, {"Cookie": "a=b"}),
        (merchant, "GET", one, {"If-None-Match": "*"}),
        (merchant, "GET", one, {"If-None-Match": 'W/"x", "y"'}),
        (merchant, "GET", one, {"If-Match": '"x"'}),
        (merchant, "GET", one, {"If-Modified-Since": "Sat, 28 Nov 2026 14:33:20 GMT"}),
        (merchant, "GET", one, {"Range": "bytes=0-3"}),
        (merchant, "GET", one, {"Host": "a b"}),
        (merchant, "GET", f"{listed}?limit=1", {}),
        *((admin, "GET", f"{listed}?{query}", {}) for query in UNUSUAL_LISTS),
    ]
    for caller, method, path, headers in unusual:
        del passed_on[:]
        answer = caller.send(method, path, headers)
        assert passed_on, (method, path, headers)
        assert same(answer, by_flask(caller, method, path, headers)), (method, path, headers)


def test_a_session_out_of_time_ends_when_a_program_reads_it(merchant: Caller, passed_on: list[str]) -> None:
    session = merchant.create()["id"]
    clock.freeze(clock.now() + timedelta(minutes=15))
    del passed_on[:]
    assert merchant.session(session)["status"] == "expired"
    assert passed_on
    del passed_on[:]
    assert merchant.session(session)["status"] == "expired"
    assert not passed_on, "it has ended, and is like any other"


def test_while_the_database_is_away_flask_says_so(
    merchant: Caller, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = merchant.create()["id"]

    def refuse(*_: Any) -> None:
        raise OperationalError("connect", {}, Exception("nobody there"))

    with monkeypatch.context() as away:
        away.setattr(db.engine.pool, "connect", refuse)
        reading._looks.close()
        assert merchant.get(f"/session/{session}").status_code == 503
    monkeypatch.setattr(reading, "_next", None)
    assert merchant.get(f"/session/{session}").status_code == 200


def same(one: TestResponse, other: TestResponse) -> bool:
    """Whether they are the same to the last byte, but for the second at which each was made."""
    return timeless(one) == timeless(other)


def timeless(answer: TestResponse) -> Any:
    status, headers, data = whole(answer)
    return status, [(name, name if name == "Date" else value) for name, value in headers], data
