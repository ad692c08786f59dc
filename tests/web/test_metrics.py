"""The figures: true at any moment, as cheap in a large shop as in a small one, and not for everybody to read."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, event, func, select, text
from sqlalchemy.engine import Engine

from smartcart import clock, create_app, places
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.payments.core import tally, weather
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.tally_model import Figure, TallyChange, TallyTotal
from smartcart.payments.flow import reconciler
from smartcart.rules.weather import Weather
from tests.payments.opened import MERCHANT, open_for_merchant
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

TOKEN = "a token for whoever scrapes"
BOOKS = ("payment_session", "payment_attempt", "payment_event", "shop_order")
WEATHER = "smartcart_gateway_weather"
COUNTED = {"state": PaymentSession.state, "outcome": Attempt.outcome, "interruption": Attempt.interruption}


@pytest.fixture
def lively(app: Flask, shopper: Shopper) -> Shopper:
    """A shopper whose payments were approved, declined, lost, given up and never begun."""
    product("teapot", stock=50)
    for method in ("sandbox_approve", "sandbox_decline", "sandbox_lost_reply", "sandbox_unreachable_once"):
        session = shopper.order()
        shopper.pay(session, method)
        wait_for(lambda: at_rest(session))  # noqa: B023
        if method == "sandbox_decline":
            shopper.pay(session)
            wait_for(lambda: at_rest(session))  # noqa: B023
    shopper.post(f"/pay/{shopper.order()}/cancel")
    for number in range(3):
        open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}"))
    return shopper


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What the database is asked from now on."""
    asked: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    yield asked
    event.remove(Engine, "before_cursor_execute", listen)


def at_rest(session: str) -> bool:
    reconciler.reconcile()
    reconciler.retry()
    db.session.rollback()
    found = db.session.get_one(PaymentSession, session, populate_existing=True)
    return found.retry_at is None and found.state in ("completed", "interrupted", "failed", "cancelled")


def counted() -> dict[str, dict[str, int]]:
    """The figures as they should be: all the books counted."""
    db.session.rollback()
    found = {}
    for figure, column in COUNTED.items():
        rows = db.session.execute(select(column, func.count()).group_by(column)).all()
        found[figure] = {str(value or "none"): number for value, number in rows}
    found["interruption"].pop("none", None)
    return found


def told(shopper: Shopper) -> dict[str, dict[str, int]]:
    """The figures as Prometheus reads them."""
    answer = shopper.get("/metrics")
    assert answer.status_code == 200
    names = {"smartcart_payment_sessions": "state", "smartcart_payment_attempts": "outcome"}
    found: dict[str, dict[str, int]] = {"state": {}, "outcome": {}, "interruption": {}}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples if family.name != WEATHER else ():
            figure = names.get(sample.name, "interruption")
            found[figure][sample.labels[figure]] = int(sample.value)
    return found


@ON_BOTH
def test_they_are_what_the_books_say_before_and_after_they_are_added_up(lively: Shopper) -> None:
    assert told(lively) == counted()
    assert len(counted()["state"]) >= 3
    assert len(counted()["interruption"]) >= 1
    assert tally.add_up() > 0
    assert told(lively) == counted()
    assert db.session.scalar(select(func.count()).select_from(TallyChange)) == 0
    lively.order()
    assert told(lively) == counted()


@ON_BOTH
def test_many_that_expire_at_once_are_counted_too(lively: Shopper) -> None:
    clock.freeze(clock.now() + timedelta(seconds=2 * MERCHANT.lifetime))
    reconciler.sweep()
    assert counted()["state"]["expired"] == 3
    assert told(lively) == counted()


@ON_BOTH
def test_to_read_them_nobody_looks_through_the_books(lively: Shopper, statements: list[str]) -> None:
    lively.get("/metrics")
    assert statements
    assert not [asked for asked in statements if any(table in asked for table in BOOKS)]


@ON_BOTH
def test_what_is_written_while_they_are_added_up_is_counted_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "BATCH", 7)

    def write() -> Counter[str]:
        for _ in range(40):
            with writing():
                tally.count(Figure.STATE, "created")
                tally.count(Figure.STATE, "processing", "created")
        return Counter()

    def add_up_and_read() -> Counter[str]:
        """How many there were at each look; one in two states, or in none, would never show a fraction."""
        seen: Counter[str] = Counter()
        for _ in range(40):
            tally.add_up()
            db.session.rollback()
            seen.update(tally.figures()[Figure.STATE].keys())
        return seen

    actions: list[Callable[[], Counter[str]]] = [write, write, add_up_and_read, add_up_and_read]
    answers = together(app, *actions)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    tally.add_up()
    assert tally.figures()[Figure.STATE] == {"processing": 80}
    assert all(isinstance(answer, Counter) and "created" not in answer for answer in answers)


@ON_BOTH
def test_what_there_was_before_they_were_kept_up_is_counted_when_the_database_is_brought_up_to_date(
    app: Flask, lively: Shopper
) -> None:
    with writing():
        for model in (TallyChange, TallyTotal):
            db.session.execute(delete(model))
    migrations = ScriptDirectory(places.MIGRATIONS).walk_revisions()
    [first] = [each.module for each in migrations if each.doc.startswith("figures that are kept up")]
    with writing():
        db.session.execute(text(first.COUNTED))
    assert told(lively) == counted()


def test_the_weather_at_the_gateway_is_told(app: Flask, shopper: Shopper) -> None:
    weather.become(Weather.OUT)
    lines = shopper.get("/metrics").text.splitlines()
    assert [line for line in lines if line.startswith(WEATHER)] == [
        f'{WEATHER}{{weather="{kind}"}} {number}' for kind, number in (("fair", 0.0), ("slow", 0.0), ("out", 1.0))
    ]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.8.8"])
def test_without_a_token_this_machine_may_read_them(shopper: Shopper, address: str) -> None:
    assert shopper.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.7", "2001:db8::1", "", "nonsense"])
def test_without_a_token_nobody_else_may(shopper: Shopper, address: str) -> None:
    answer = shopper.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert (answer.status_code, "SMARTCART_METRICS_TOKEN" in answer.text) == (403, True)
    assert "smartcart_payment" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_who_comes_through_a_proxy_on_this_machine_is_not_this_machine(shopper: Shopper, header: str) -> None:
    assert shopper.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_with_a_token_it_is_needed_and_enough(settings: Settings) -> None:
    guarded = create_app(settings.model_copy(update={"metrics_token": TOKEN})).test_client()
    for wrong in ({}, {"Authorization": "Bearer another"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "é"}):
        answer = guarded.get("/metrics", headers=wrong)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "smartcart_payment" not in answer.text
    right = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}
    assert guarded.get("/metrics", headers=right, environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200
