"""The admin's pages in a shop with a million payments on record: none looks through all of them.

How long they take is measured by `make bench ARGS=admin`. Here each database says how it would go about each question.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine

from smartcart.admin.access import LARGEST_ID
from smartcart.admin.drill import runs
from smartcart.admin.exports.files import FILES
from smartcart.database.session import Base, db, is_sqlite, writing
from smartcart.merchant_webhooks import deliveries, endpoints
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind, Receiver
from smartcart.payments.api import keys
from smartcart.payments.core import findings, merchant_feed
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.drills import AskedBy, Scenario
from smartcart.rules.payment_states import OPEN, Money, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop import order_search
from smartcart.shop.deliveries import add as add_address
from smartcart.shop.models import Order, OrderStatus, Product
from tests.admin.browser import AdminBrowser
from tests.payments.sending import ADDRESS
from tests.support.caller import by_key
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product

# What grows with the shop's years.
BOOKS = (
    "payment_session",
    "payment_attempt",
    "payment_event",
    "shop_order",
    "order_line",
    "delivery",
    "delivery_step",
    "refund",
    "finding",
    "gateway_event",
    "outbox",
    "search_word",
    "search_hit",
    "order_note",
    "weather_change",
    "weather_minute",
    "fraud_sighting",
    "fraud_card",
)
# Those of a few rows, however many there are in the table.
OF_A_FEW = {
    index.name
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
} - {
    "ix_payment_session_owner",  # all of the shop itself, which may be most
    "ix_payment_session_order_id",
    "ix_payment_session_given_back",
    "ix_shop_order_given_back",
    *(f"ix_payment_session_{state}" for state in State if state not in OPEN),
    *(f"ix_shop_order_{status}" for status in OrderStatus if status is not OrderStatus.OPEN),
}


NEEDS_MORE = "/admin/exports/file.csv"  # than its address; it is asked for with that, too


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """How the database goes about each question that it is asked from now on."""
    found: list[str] = []
    _forget_what_is_known_of_tables()

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            found.append(f"{statement}\n{_plan(connection.connection.dbapi_connection, statement, values)}")

    event.listen(Engine, "before_cursor_execute", explain)
    yield found
    event.remove(Engine, "before_cursor_execute", explain)


def _forget_what_is_known_of_tables() -> None:
    """As nobody had counted their rows: with a few in each, PostgreSQL might as well take any other index."""
    if not is_sqlite():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM pg_statistic")
            connection.exec_driver_sql(
                "SELECT pg_clear_relation_stats('public', relname) FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
            )


def _plan(driver: Any, statement: str, values: Any) -> str:
    if is_sqlite():
        steps = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(f"{part_of} {step}" for _, part_of, _, step in steps)
    driver.execute("SET LOCAL enable_seqscan = off")  # tables of a few rows are read whole, for good reason
    return "\n".join(row[0] for row in driver.execute(f"EXPLAIN {statement}", values))


def looks_through_the_books(plan: str) -> bool:
    """Whether all rows are read of a table that grows."""
    return any(
        index not in OF_A_FEW and not (stops_early and "LIMIT" in plan)
        for index, stops_early in (_scans_of_sqlite if is_sqlite() else _scans_of_postgresql)(plan)
    )


def _scans_of_sqlite(plan: str) -> Iterator[tuple[str, bool]]:
    """By which index tables are read whole, and whether that ends once there is enough for a page."""
    step = rf"^(\d+) SCAN (?:{'|'.join(BOOKS)})\b(?: USING (?:COVERING )?INDEX (\w+))?"
    for part_of, index in re.findall(step, plan, re.MULTILINE):
        yield index, bool(index) and f"\n{part_of} USE TEMP B-TREE FOR ORDER BY" not in plan


def _scans_of_postgresql(plan: str) -> Iterator[tuple[str, bool]]:
    """The same: what has no condition of an index in the line below."""
    sorts_all = re.search(r"(?<!Incremental) Sort  \(", plan) is not None
    for scan in re.finditer(rf"(?:Seq Scan|using (\w+)) on (?:{'|'.join(BOOKS)})\b.*\n?(.*)", plan):
        if "Index Cond" not in scan[2]:
            yield scan[1] or "", bool(scan[1]) and "Filter" not in scan[2] and not sorts_all


@pytest.fixture
def addresses(app: Flask, shopper: Shopper) -> list[str]:
    """Every page of the admin, by each way to ask for it."""
    product("teapot", stock=50)
    session = shopper.order()
    with writing():
        found = db.session.get_one(PaymentSession, session)
        findings.add(Verdict.CHARGED_NOT_PAID, session, "a charge", found.amount, found.currency, "noted")
        effects.write(EffectKind.RECEIPT, session, Receiver.MAIL)
        add_address(found.order_id or 0, ADDRESS)
    [letter] = effects.of_session(session)
    with writing():
        db.session.execute(update(Effect).values(message=b"Subject: paid\n\npaid"))
    merchant = by_key(app)
    [key] = keys.all_keys()
    webhook = endpoints.create(key.id, "https://till.example/webhooks", (), is_thin=False, allowed=())
    merchant.create()
    merchant_feed.give_numbers()
    deliveries.read_on()
    values = {
        "session_id": session,
        "endpoint_id": webhook.id,
        "delivery_id": deliveries.newest(webhook.id, LARGEST_ID)[0].id,
        "number": found.order_reference,
        "page": "terms",
        "run_id": a_drill(),
        "rule_id": 1,
        "letter_id": letter.id,
        "product_id": db.session.scalars(select(Product.id)).first(),
        "finding_id": db.session.scalars(select(Finding.id)).first(),
    }
    urls = app.url_map.bind("")
    pages = [
        urls.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and "GET" in (rule.methods or ())
    ]
    lists = [f"/admin/sessions?state={state}" for state in sorted(OPEN)] + [f"/admin/sessions?after={session}"]
    lists += [f"/admin/orders?status={status}" for status in OrderStatus] + ["/admin/orders?before=9"]
    narrowed = ("day=2026-11-28", "currency=EUR", "returned=yes", "person=yes")
    narrowed += ("currency=EUR&person=yes&returned=yes&day=2026-11-28",)
    lists += [f"/admin/{which}?{each}" for which in ("orders", "payments") for each in narrowed]
    lists += [f"/admin/payments?state={state}&currency=EUR" for state in State] + [f"/admin/payments?before={session}"]
    lists += [f"/admin/exports/file.csv?what={what}&first=2026-01-01&last=2100-12-31" for what in FILES]
    lists += [f"/admin/payments?money={money}" for money in Money] + ["/admin/orders?status=paid&currency=EUR"]
    lists += [f"/admin/payments?money=not_taken&currency=EUR&before={session}", "/admin/orders?person=yes&before=9"]
    return [*pages, *lists, "/metrics"]


def a_drill() -> int:
    """The id of one that is under way."""
    runs.ask([Scenario.CRASH], AskedBy.OWNER)
    [run] = runs.newest()
    return run.id


@ON_BOTH
def test_no_page_looks_through_the_books(admin: AdminBrowser, addresses: list[str], plans: list[str]) -> None:
    for address in addresses:
        answer = admin.get(address)
        assert answer.status_code in (200, 303) or address == NEEDS_MORE, address
        assert answer.data or answer.status_code == 303
    assert any("payment_session" in plan for plan in plans)
    assert any("shop_order" in plan for plan in plans)
    assert [plan for plan in plans if looks_through_the_books(plan)] == []


@ON_BOTH
def test_no_search_looks_through_the_books(admin: AdminBrowser, shopper: Shopper, plans: list[str]) -> None:
    session = shopper.order()
    order_search.take_up()
    wanted = (session, "SC-1001", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "Ada Lovelace", "lovlace", "ad@example.org", "nobody")
    for text in wanted:
        assert admin.post("/admin/search", {"q": text}).status_code in (200, 303), text
    assert any("search_hit" in plan for plan in plans)
    assert [plan for plan in plans if looks_through_the_books(plan)] == []


@ON_BOTH
def test_that_would_be_noticed(app: Flask, plans: list[str]) -> None:
    db.session.scalars(select(PaymentSession).where(PaymentSession.description == "a wish")).all()
    db.session.scalars(select(Order).where(Order.email == "ada@example.org").order_by(Order.id).limit(9)).all()
    assert [looks_through_the_books(plan) for plan in plans] == [True, True]
