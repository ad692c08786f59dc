"""Databases of earlier versions, with what was kept in them, come to today's tables."""

from collections.abc import Iterator

import flask_migrate
import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from smartcart import create_app, places
from smartcart.config import Settings
from smartcart.database import tables
from smartcart.database.session import db, writing
from smartcart.shop import order_search
from tests.support.databases import Databases, close_connections

AN_ORDER = (
    "insert into shop_order (id, number, token, shopper, name, email, amount, currency, status, placed_at, refunded)"
    " values (:id, :number, :number, 'ada', 'Ada', 'ada@example.org', 4200, :currency, 'refunded', :at, 4200)"
)
A_LINE = "insert into order_line (order_id, product_id, name, price, quantity) values (:id, :id, 'Mug', 2100, 2)"
A_PRODUCT = (
    "insert into product (id, slug, name, description, price, currency, stock, picture, on_sale)"
    " values (:id, :number, 'Mug', '', 2100, :currency, 3, '', true)"
)
A_SESSION = (
    "insert into payment_session (id, owner, merchant, order_reference, order_id, amount, currency, description,"
    " pay_url, return_url, merchant_data, state, version, attempts, max_attempts, retries, method, gateway, created_at,"
    " expires_at, extensions, refusal_code, action_url, refund_due, looks, refunded, action_secret, customer,"
    " keep_method) values (:number, 'ada', '', :number, :id, 4200, :currency, '', '', '', '{}', 'refunded', 1, 0, 3, 0,"
    " '', 'stripe', :at, :at, 0, '', '', false, 0, 4200, '', '', false)"
)
A_REFUND = (
    "insert into refund (id, session_id, reference, amount, currency, reason, actor, state, requested_at, looks)"
    " values (:number, :number, '', 4200, :currency, '', 'admin', 'made', :at, 0)"
)
A_FINDING = (
    "insert into finding (id, verdict, session, reference, amount, currency, detail, first_seen_at, last_seen_at,"
    " settled_by, settlement) values (:id, 'disputed', :number, '', 4200, :currency, '', :at, :at, '', '')"
)
IN_ORDER = (A_PRODUCT, AN_ORDER, A_LINE, A_SESSION, A_REFUND, A_FINDING)
SUMS = (
    "select product.price, shop_order.amount, shop_order.refunded, order_line.price, payment_session.amount,"
    " payment_session.refunded, refund.amount, finding.amount from shop_order join order_line on order_line.order_id ="
    " shop_order.id join product on product.id = product_id join payment_session on payment_session.order_id ="
    " shop_order.id join refund on session_id = payment_session.id join finding on session = payment_session.id"
    " where shop_order.currency = :currency"
)


@pytest.fixture
def app(databases: Databases, settings: Settings) -> Iterator[Flask]:
    """A shop whose database has no tables yet."""
    app = create_app(settings.model_copy(update={"database_url": databases.create()}))
    app.logger.disabled = True
    tables.may_change(app)
    with app.app_context():
        yield app
    close_connections()


def fill() -> None:
    """A product, its paid and refunded order and what was written of it, in each of some currencies."""
    for number, currency in enumerate(("EUR", "RSD", "IQD"), 1):
        values = {"id": number, "number": f"SC-{number}", "currency": currency, "at": "2026-11-22 10:00:00+00:00"}
        with writing():
            for statement in IN_ORDER:
                db.session.execute(text(statement), values)


def sums(currency: str) -> list[int]:
    (found,) = db.session.execute(text(SUMS), {"currency": currency}).all()
    return list(found)


def schema() -> dict[str, object]:
    found = inspect(db.engine)
    return {
        table: (
            str(found.get_columns(table)),
            sorted((each["name"], each["sqltext"]) for each in found.get_check_constraints(table)),
            sorted(str(each["name"]) for each in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


def test_sums_of_before_are_counted_as_iso_4217_has_them(app: Flask) -> None:
    flask_migrate.upgrade(revision="0010")
    fill()
    flask_migrate.upgrade()
    as_kept = [2100, 4200, 4200, 2100, 4200, 4200, 4200, 4200]
    assert sums("EUR") == as_kept
    assert sums("RSD") == [100 * amount for amount in as_kept]
    assert sums("IQD") == [1000 * amount for amount in as_kept]


def test_after_it_sums_of_twelve_digits_are_kept_and_no_larger_ones(app: Flask) -> None:
    flask_migrate.upgrade(revision="0010")
    fill()
    flask_migrate.upgrade()
    with writing():
        for statement in ("product set price", "shop_order set amount", "payment_session set amount"):
            db.session.execute(text(f"update {statement} = 999999999999"))  # all from above
        db.session.execute(text("update order_line set price = 999999999999"))
    for statement in ("product set price", "shop_order set amount", "payment_session set amount"):
        with pytest.raises(IntegrityError, match="in_range"), writing():
            db.session.execute(text(f"update {statement} = 1000000000000"))


def test_of_disputes_of_before_is_written_down_which_were_lost(app: Flask) -> None:
    flask_migrate.upgrade(revision="0019")
    fill()
    with writing():
        db.session.execute(text("update payment_session set disputed_at = created_at where currency in ('EUR', 'RSD')"))
        db.session.execute(
            text("update refund set actor = 'gateway', reason = 'a dispute was lost' where currency = 'EUR'")
        )
    flask_migrate.upgrade()
    found = db.session.execute(text("select currency, dispute from payment_session")).all()
    assert {tuple(row) for row in found} == {("EUR", "lost"), ("RSD", "open"), ("IQD", None)}


def test_what_other_connections_had_read_of_the_tables_is_read_again(app: Flask) -> None:
    flask_migrate.upgrade(revision="0010")
    with create_app(app.config["SETTINGS"]).app_context(), db.engine.connect() as another:
        another.execute(text("select * from product"))
        another.rollback()
        with app.app_context():
            flask_migrate.upgrade()
            fill()
        another.execute(text("update product set price = 999999999999"))
        another.commit()


def test_the_way_back_leaves_the_tables_as_they_were(app: Flask) -> None:
    flask_migrate.upgrade(revision="0010")
    fill()
    before = schema()
    flask_migrate.upgrade(revision="0011")
    flask_migrate.downgrade(revision="0010")
    assert schema() == before
    assert sums("RSD") == [2100, 4200, 4200, 2100, 4200, 4200, 4200, 4200]


def test_the_shop_tells_both_versions_as_alembic_does(app: Flask) -> None:
    migrations = ScriptDirectory(places.MIGRATIONS)
    newest = migrations.get_current_head()
    assert tables.known_versions() == {each.revision for each in migrations.walk_revisions()}
    assert tables.versions(app) == (None, newest)
    for version in ("0010", newest):
        flask_migrate.upgrade(revision=version)
        with db.engine.connect() as connection:
            assert tables.versions(app) == (MigrationContext.configure(connection).get_current_revision(), newest)
    assert tables.versions(app)[0] == newest


def test_orders_of_before_are_found_by_their_words_once_the_job_has_come_by(app: Flask) -> None:
    flask_migrate.upgrade(revision="0010")
    fill()
    flask_migrate.upgrade()
    assert order_search.find("ada", 9).order_ids == []
    assert order_search.take_up() == 3
    assert order_search.find("ada", 9).order_ids == [3, 2, 1]
