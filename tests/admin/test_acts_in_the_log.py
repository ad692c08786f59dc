"""What the admin does stands in the log: who, from where, and to which order and payment."""

import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from flask import Flask

from smartcart.logs import init_logging
from smartcart.payments.core import queries
from tests.admin.browser import AdminBrowser
from tests.admin.payments.test_refunds import ask, confirm
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(admin: AdminBrowser) -> Lines:
    """The lines that are written from now on, as they are written."""
    init_logging()
    [handler] = (each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler)
    handler.setStream(written := StringIO())
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def paid(app: Flask) -> str:
    shopper = Shopper(app.test_client())
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state == "completed")
    return session


def test_a_refund_is_there_with_who_and_where_from_and_what_became_of_it(
    admin: AdminBrowser, paid: str, lines: Lines
) -> None:
    order = queries.find(paid).order_reference
    confirm(admin, paid, ask(admin, paid, amount="10.00", reason="broken"))
    wait_for(lambda: [line for line in lines() if "was made" in line["event"]])
    asked, *_ = [line for line in lines() if "was asked for" in line["event"]]
    assert asked["event"] == (
        f"refund of 1000 minor units of EUR was asked for: payment session {paid}, order {order}, by admin"
    )
    assert (asked["session"], asked["order"], asked["address"]) == (paid, order, "127.0.0.1")
    made, *_ = [line for line in lines() if "was made" in line["event"]]
    assert (made["session"], made["order"]) == (paid, order)


def test_a_changed_price_is_there(admin: AdminBrowser, lines: Lines) -> None:
    kettle = product("kettle")
    form = {"name": "Kettle", "description": "", "stock": "5", "shown_stock": "5", "price": "12.50"}
    admin.post(f"/admin/products/{kettle.id}", form)
    [line] = [line for line in lines() if "the price of" in line["event"]]
    assert line["event"].startswith("the price of kettle was changed from ")
    assert line["event"].endswith(" to 1250 minor units of EUR by admin")
    assert line["address"] == "127.0.0.1"


def test_any_other_act_is_there_with_what_it_was_about(admin: AdminBrowser, paid: str, lines: Lines) -> None:
    admin.post(f"/admin/sessions/{paid}/check")
    admin.get(f"/admin/sessions/{paid}")
    acts = [line["event"] for line in lines() if line["event"].startswith("admin:")]
    assert acts == [f"admin: admin.check session_id {paid}, answered 303"]
