"""POST session/create: for an order of the shop, and for a merchant's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from tests.support.caller import CHARGE, Caller, by_cookie
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product

Reached = Callable[..., PaymentSession]

WRONG: list[tuple[str, Any]] = [
    ("reference", ""),
    ("reference", "x" * 121),
    ("reference", 7),
    ("reference", None),
    ("reference", "a\x00b"),
    ("reference", "\ud800"),
    ("reference", ["A-1"]),
    ("amount", 0),
    ("amount", -1),
    ("amount", 100_000_000),
    ("amount", 10**400),
    ("amount", 42.0),
    ("amount", "4200"),
    ("amount", True),
    ("amount", None),
    ("amount", {"value": 4200}),
    ("amount", float("nan")),
    ("amount", float("inf")),
    ("currency", "EURO"),
    ("currency", "eur"),
    ("currency", "ZZZ"),
    ("currency", ""),
    ("currency", 978),
    ("currency", "\ud800\ud800\ud800"),
    ("user", "u" * 256),
    ("user", 1),
    ("description", "d" * 501),
    ("description", "line\x1b[31m"),
    ("return_url", "javascript:alert(1)"),
    ("return_url", "//shop.example"),
    ("return_url", "https://"),
    ("return_url", "https://["),
    ("return_url", "https://shop.example/ x"),
    ("return_url", "https://shop.example/" + "x" * 2000),
    ("metadata", []),
    ("metadata", {"k": 1}),
    ("metadata", {"k" * 41: "v"}),
    ("metadata", {"k": "v" * 501}),
    ("metadata", {"k": "\x00"}),
    ("metadata", {"\ud800": "v"}),
    ("metadata", {str(number): "" for number in range(51)}),
    ("amount_in_cents", 4200),
]


def test_a_new_session_is_answered_with_201_and_where_it_is(merchant: Caller) -> None:
    response = merchant.post("/session/create", {"reference": "A-1", **CHARGE})
    assert response.status_code == 201
    session = response.get_json()
    assert response.location == f"http://localhost/api/payments/session/{session['id']}"
    assert session["status"] == "created"
    assert session["money"] == "not_taken"
    assert (session["order"], session["amount"], session["currency"]) == ("A-1", 4200, "EUR")
    assert session["attempts"] == 0
    assert session["can_retry"] is True


def test_an_open_session_is_answered_again_with_200(merchant: Caller) -> None:
    first = merchant.create()
    again = merchant.post("/session/create", {"reference": "A-1", **CHARGE, "description": "asked for again"})
    assert again.status_code == 200
    assert again.get_json() == first, "an open session is never altered by asking for it"
    assert again.location.endswith(first["id"])


def test_a_paid_order_is_refused_with_409(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    reached(session, "completed")
    refused = merchant.post("/session/create", {"reference": "A-1", **CHARGE})
    assert refused.status_code == 409
    assert refused.get_json()["code"] == "already_paid"


def test_an_order_whose_time_ran_out_gets_a_new_session(shopper: Shopper, customer: Caller, merchant: Caller) -> None:
    of_shop, of_merchant = shopper.order(quantity=2), merchant.create()["id"]
    order = queries.find(of_shop).order_reference
    clock.freeze(queries.find(of_merchant).expires_at)
    for caller, body, old in (
        (customer, {"order": order}, of_shop),
        (merchant, {"reference": "A-1", **CHARGE}, of_merchant),
    ):
        response = caller.post("/session/create", body)
        assert response.status_code == 201
        assert response.get_json()["expired"] is False
        assert response.get_json()["id"] != old
        assert queries.find(old).state == "expired"
    assert _stock() == 3


def test_a_cancelled_order_gets_a_new_session(merchant: Caller) -> None:
    first = merchant.create()["id"]
    merchant.post(f"/session/{first}/cancel")
    second = merchant.create()
    assert second["id"] != first
    assert second["status"] == "created"


def test_what_the_merchant_gave_comes_back(merchant: Caller) -> None:
    given = {
        "user": "فروشنده\u200cها",  # joined by a character that has no width
        "description": "Two mugs,\tat 12\u00a0€ 👩\u200d👧\n",
        "return_url": "https://shop.example/thanks?a=1",
        "metadata": {"cart": "c-9", "é": "ü"},
    }
    session = merchant.create(**given)
    assert {name: session[name] for name in ("user", "description", "metadata")} == {
        name: given[name] for name in ("user", "description", "metadata")
    }
    page = merchant.client.get(f"/pay/{session['id']}").text
    assert "Two mugs" in page


def test_the_payment_page_of_a_merchants_session_leads_back_to_the_merchant(merchant: Caller) -> None:
    session = merchant.create(return_url="https://shop.example/thanks")["id"]
    merchant.post(f"/session/{session}/cancel")
    assert 'href="https://shop.example/thanks"' in merchant.client.get(f"/pay/{session}").text


def test_the_pay_url_opens_the_payment_page(merchant: Caller) -> None:
    address = merchant.create()["pay_url"]
    assert merchant.client.get(address).status_code == 200


def test_a_wrong_field_is_refused_with_its_name(merchant: Caller) -> None:
    for field, value in WRONG:
        response = merchant.post("/session/create", {"reference": "A-1", **CHARGE, field: value})
        problem = response.get_json()
        assert (response.status_code, problem["code"]) == (422, "bad_fields"), (field, value)
        assert {wrong["field"].partition(".")[0] for wrong in problem["errors"]} == {field}
        assert problem["detail"].startswith(field)
    assert db.session.query(PaymentSession).count() == 0


@pytest.mark.parametrize("missing", ["reference", "amount", "currency"])
def test_a_missing_field_is_refused_with_its_name(merchant: Caller, missing: str) -> None:
    body = {"reference": "A-1", **CHARGE}
    del body[missing]
    response = merchant.post("/session/create", body)
    assert response.status_code == 422
    assert [wrong["field"] for wrong in response.get_json()["errors"]] == [missing]


def test_the_shopper_gets_the_open_session_of_an_order(shopper: Shopper, customer: Caller) -> None:
    session = shopper.order()
    order = customer.session(session)["order"]
    response = customer.post("/session/create", {"order": order})
    assert response.status_code == 200
    assert response.get_json()["id"] == session


def test_an_order_that_was_cancelled_is_opened_anew_with_its_stock_held_again(
    shopper: Shopper, customer: Caller
) -> None:
    session = shopper.order(quantity=2)
    order = customer.session(session)["order"]
    customer.post(f"/session/{session}/cancel")
    assert _stock() == 5
    response = customer.post("/session/create", {"order": order})
    assert response.status_code == 201
    assert response.get_json()["id"] != session
    assert _stock() == 3


def test_an_order_whose_stock_is_gone_is_refused(app: Flask, shopper: Shopper, customer: Caller) -> None:
    session = shopper.order(quantity=5)
    order = customer.session(session)["order"]
    customer.post(f"/session/{session}/cancel")
    Shopper(app.test_client()).order(quantity=1)
    response = customer.post("/session/create", {"order": order})
    assert (response.status_code, response.get_json()["code"]) == (409, "sold_out")
    assert _stock() == 4


def test_a_paid_order_of_the_shop_is_refused_with_409(shopper: Shopper, customer: Caller, reached: Reached) -> None:
    session = shopper.order()
    customer.pay(session)
    order = reached(session, "completed").order_reference
    response = customer.post("/session/create", {"order": order})
    assert (response.status_code, response.get_json()["code"]) == (409, "already_paid")


def test_somebody_elses_order_does_not_exist(app: Flask, shopper: Shopper, customer: Caller, merchant: Caller) -> None:
    order = customer.session(shopper.order())["order"]
    stranger = Shopper(app.test_client())
    stranger.put_into_cart()
    for caller in (by_cookie(stranger), merchant):
        response = caller.post("/session/create", {"order": order})
        assert (response.status_code, response.get_json()["code"]) == (404, "not_found")


def test_the_admins_key_opens_any_order(shopper: Shopper, customer: Caller, admin: Caller) -> None:
    session = shopper.order()
    response = admin.post("/session/create", {"order": customer.session(session)["order"]})
    assert (response.status_code, response.get_json()["id"]) == (200, session)


def test_an_order_that_does_not_exist_is_404(customer: Caller, admin: Caller) -> None:
    for caller in (customer, admin):
        assert caller.post("/session/create", {"order": "SC-999999"}).status_code == 404


def test_a_browser_may_not_name_an_amount(customer: Caller) -> None:
    response = customer.post("/session/create", {"reference": "A-1", **CHARGE})
    assert (response.status_code, response.get_json()["code"]) == (401, "key_needed")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@ON_BOTH
def test_parallel_requests_for_one_reference_open_one_session(merchant: Caller) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: merchant.post("/session/create", {"reference": "A-1", **CHARGE}), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.get_json()["id"] for answer in answers}) == 1


def _stock() -> int:
    db.session.rollback()
    return product().stock


@pytest.mark.parametrize(
    ("currency", "most"), [("EUR", 99_999_999), ("INR", 999_999_999), ("JPY", 9_999_999_999), ("IDR", 999_999_999_999)]
)
def test_each_currency_is_taken_up_to_a_limit_of_its_own(merchant: Caller, currency: str, most: int) -> None:
    refused = merchant.post("/session/create", {"reference": "A-1", "amount": most + 1, "currency": currency})
    assert refused.status_code == 422
    assert [field["field"] for field in refused.get_json()["errors"]] == ["amount"]
    opened = merchant.create("A-1", amount=most, currency=currency)
    assert merchant.get(f"/session/{opened['id']}").get_json()["amount"] == most


@pytest.mark.parametrize(
    ("amount", "currency"), [(3800, "EUR"), (4300, "EUR"), (4200, "USD")], ids=["less", "more", "another currency"]
)
def test_an_open_session_of_another_sum_is_not_taken_for_the_one_that_is_wanted(
    merchant: Caller, amount: int, currency: str
) -> None:
    opened = merchant.create("A-1")
    wanted = {"reference": "A-1", "amount": amount, "currency": currency}
    refused = merchant.post("/session/create", wanted)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "different_sum")
    assert refused.get_json()["money"] == "not_taken"
    assert merchant.create("A-1")["id"] == opened["id"]
    assert merchant.post(f"/session/{opened['id']}/cancel").status_code == 200
    assert merchant.create("A-1", amount=amount, currency=currency)["amount"] == amount


def test_one_of_another_sum_that_is_out_of_time_is_in_nobodys_way(merchant: Caller) -> None:
    opened = merchant.create("A-1")
    clock.freeze(clock.now() + timedelta(hours=1))
    assert merchant.create("A-1", amount=3800)["id"] != opened["id"]
