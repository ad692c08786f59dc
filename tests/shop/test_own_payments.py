"""Who leaves a payment is shown the way back to it on every page, for as long as it is open and a day beyond."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.core import own_payments, queries
from smartcart.payments.core.own_payments import WAY_BACK
from smartcart.payments.flow import desk
from tests.support.caller import by_key
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.visitor import words
from tests.support.waiting import wait_for

PAGES = ["/", "/products/teapot", "/cart", "/cards", "/nowhere", "/orders/nothing"]
SHOWN = re.compile(r'<span data-testid="own-payment".*?</a>', re.DOTALL)
LINK = re.compile(r'href="([^"]*)"')


def shown(shopper: Shopper, path: str = "/") -> list[str]:
    """What a page tells of the shopper's payments, with the addresses it leads to."""
    found = SHOWN.findall(shopper.get(path).text)
    return [" ".join([words(each), *LINK.findall(each)]) for each in found]


@pytest.mark.parametrize(
    ("method", "state", "says"),
    [
        (None, "created", "Payment of €42.00: it is not paid yet: go on with it"),
        ("sandbox_timeout_charged", "checking", "Payment of €42.00: we are checking: see it"),
        ("sandbox_challenge", "action_required", "Payment of €42.00: your bank asks you to confirm: see it"),
        ("sandbox_decline", "interrupted", "Payment of €42.00: nothing was taken so far: go on with it"),
        ("sandbox_approve", "completed", "Payment of €42.00: paid: see it"),
    ],
)
def test_every_page_says_where_a_payment_stands_and_leads_back_to_it(
    shopper: Shopper, method: str | None, state: str, says: str
) -> None:
    session = shopper.order()
    if method:
        shopper.pay(session, method)
        wait_for(lambda: queries.find(session).state == state)
    for path in PAGES:
        assert shown(shopper, path) == [f"{says} (order SC-1001) /pay/{session}"], path
    shopper.put_into_cart("kettle")
    assert len(shown(shopper, "/checkout")) == 1
    assert shown(shopper, f"/pay/{session}") == []


def test_a_payment_that_ended_is_shown_for_a_day(shopper: Shopper) -> None:
    session = shopper.order()
    desk.cancel(session, "shopper")
    assert "cancelled, nothing was taken: see it" in shown(shopper)[0]
    now = clock.now()
    clock.freeze(now + WAY_BACK - timedelta(minutes=1))
    assert len(shown(shopper)) == 1
    clock.freeze(now + WAY_BACK)
    assert shown(shopper) == []


def test_one_that_is_out_of_time_is_not_called_open_before_the_sweep_has_come_by(shopper: Shopper) -> None:
    shopper.order()
    clock.freeze(clock.now() + timedelta(hours=1))
    assert "Payment of €42.00: its time is over: see it" in shown(shopper)[0]


def test_those_that_ended_share_one_line(shopper: Shopper) -> None:
    for _ in range(2):
        desk.cancel(shopper.order(), "shopper")
    open_one = shopper.order()
    page = shopper.get("/").text
    assert len(shown(shopper)) == 3
    assert f"/pay/{open_one}" in shown(shopper)[0]
    assert page[page.index('id="own-payments"') :].count('<p class="banner"') == 2


def test_however_many_have_ended_since_an_open_one_is_shown_first(shopper: Shopper) -> None:
    session = shopper.order()
    for _ in range(own_payments.MOST_SHOWN + 1):
        desk.cancel(shopper.order(), "shopper")
    assert f"/pay/{session}" in shown(shopper)[0]


def test_what_another_page_needs_to_renew_itself_is_the_same(shopper: Shopper) -> None:
    session = shopper.order()
    assert shown(shopper, "/payments") == shown(shopper)
    assert f'data-session="{session}"' in shopper.get("/payments").text
    assert "<html" not in shopper.get("/payments").text


def test_nobody_is_shown_the_payment_of_another(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    stranger = Shopper(app.test_client())
    stranger.put_into_cart("kettle")
    assert shown(stranger) == []
    by_key(app).create(user=queries.find(session).owner)
    assert len(shown(shopper)) == 1


def test_the_admins_pages_and_the_banks_say_nothing_of_it(shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_challenge")
    bank = wait_for(lambda: queries.find(session).action_url)
    assert shown(shopper, bank) == []


# PostgreSQL chooses by what it counted: among a few rows all indexes are alike, and it takes whichever.
A_CROWD = """
    INSERT INTO payment_session
    SELECT (jsonb_populate_record(kept, to_jsonb(other))).*
    FROM payment_session AS kept, (
        SELECT number::text AS id, number::text AS owner, number::text AS order_reference
        FROM generate_series(1, 5000) AS number
    ) AS other
"""


@ON_BOTH
def test_the_question_that_every_page_asks_is_answered_by_an_index(app: Flask, shopper: Shopper) -> None:
    shopper.order()
    asked = own_payments.TO_SHOW._statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not on_sqlite:
            connection.execute(text(A_CROWD))
            connection.execute(text("ANALYZE payment_session"))
        explain = "explain query plan " if on_sqlite else "explain "
        given = asked.construct_params({"shopper": "x", "since": clock.now()})
        values = tuple(str(given[name]) for name in asked.positiontup) if on_sqlite else given
        plan = " ".join(map(str, connection.exec_driver_sql(explain + asked.string, values)))
    assert "ix_payment_session_owner" in plan
    assert "SCAN payment_session" not in plan
