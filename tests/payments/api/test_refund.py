"""POST session/:id/refund: money goes back for the admin alone, and never more than was taken."""

from typing import Any

import pytest

from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.books import RefundAnswer
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.shop import restocking
from smartcart.shop.models import OrderLine
from smartcart.shop.restocking import PutBack
from tests.support.caller import Caller
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Patient: on a busy machine the sandbox's 0.3 s may take much longer, and here nobody's patience is tested."""
    return settings.model_copy(update={"payment_timeout": 20.0})


@pytest.fixture
def paid(merchant: Caller) -> str:
    """A merchant's session of 42 euros that is paid."""
    session: str = merchant.create()["id"]
    merchant.pay(session)
    wait_for(lambda: merchant.post(f"/session/{session}/complete").status_code == 200)
    return session


def refund(caller: Caller, session: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return caller.post(f"/session/{session}/refund", body, **headers)


def test_a_part_given_back_is_shown(admin: Caller, merchant: Caller, paid: str) -> None:
    response = refund(admin, paid, {"amount": 1200, "reason": "a broken cup"})
    assert response.status_code == 200
    told = response.get_json()
    assert (told["status"], told["money"], told["refunded"], told["disputed"]) == ("completed", "taken", 1200, False)
    assert merchant.session(paid) == told
    [owners], [merchants] = (caller.summary(paid)["refunds"] for caller in (admin, merchant))
    assert (owners["amount"], owners["status"]) == (1200, "made")
    assert (owners["reason"], owners["actor"]) == ("a broken cup", "key the office")
    assert merchants == owners | {"reason": "", "actor": "shop"}


def test_without_an_amount_all_of_it_goes_back(admin: Caller, paid: str) -> None:
    told = refund(admin, paid).get_json()
    assert (told["status"], told["money"], told["refunded"]) == ("refunded", "returned", 4200)


def test_more_than_is_left_is_refused(admin: Caller, paid: str, sandbox: Sandbox) -> None:
    refund(admin, paid, {"amount": 4000})
    problem = refund(admin, paid, {"amount": 201})
    assert (problem.status_code, problem.get_json()["code"]) == (409, "too_much_to_return")
    assert "€2.00 at most" in problem.get_json()["detail"]
    assert [charge.refunded for charge in sandbox.charges()] == [4000]


def test_what_was_not_taken_cannot_be_given_back(admin: Caller, merchant: Caller) -> None:
    problem = refund(admin, merchant.create()["id"]).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "nothing_to_return", "not_taken")


@pytest.mark.parametrize(
    "body", [{"amount": 0}, {"amount": -1}, {"amount": "12"}, {"amount": 1.5}, {"sum": 1}, {"restock": "yes"}]
)
def test_a_wrong_amount_is_named(admin: Caller, paid: str, body: dict[str, Any]) -> None:
    problem = refund(admin, paid, body)
    assert problem.status_code == 422
    assert problem.get_json()["errors"][0]["field"] in ("amount", "sum", "restock")


@ON_BOTH
def test_the_same_key_is_one_refund(admin: Caller, paid: str, sandbox: Sandbox) -> None:
    answers = [refund(admin, paid, {"amount": 1000}, Idempotency_Key="once") for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert [charge.refunded for charge in sandbox.charges()] == [1000]


def test_nobody_but_the_admin_gives_money_back(merchant: Caller, customer: Caller, shopper: Shopper, paid: str) -> None:
    assert refund(merchant, paid).status_code == 403
    assert refund(customer, paid).status_code == 404
    own = shopper.order()
    shopper.pay(own)
    wait_for(lambda: customer.post(f"/session/{own}/complete").status_code == 200)
    assert refund(customer, own).status_code == 403
    assert merchant.session(paid)["refunded"] == 0


def test_an_answer_that_did_not_come_is_under_way(
    admin: Caller, paid: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "refund", lambda *_: RefundAnswer.UNKNOWN)
    response = refund(admin, paid, {"amount": 1000})
    assert (response.status_code, response.get_json()["refunded"]) == (202, 0)
    assert [made["status"] for made in admin.summary(paid)["refunds"]] == ["requested"]


def test_a_refusal_of_the_gateway_is_said(
    admin: Caller, paid: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "refund", lambda *_: RefundAnswer.REFUSED)
    problem = refund(admin, paid, {"amount": 1000}).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "refund_refused", "taken")


@pytest.fixture
def sold(admin: Caller, shopper: Shopper) -> str:
    """The session of two teapots of five, which are paid."""
    session = shopper.order(quantity=2)
    shopper.pay(session)
    wait_for(lambda: admin.post(f"/session/{session}/complete").status_code == 200)
    return session


@pytest.mark.parametrize(("body", "left"), [({"restock": True}, 5), ({"restock": False}, 3), ({}, 3)])
def test_goods_go_back_on_the_shelf_once_if_that_is_said(
    admin: Caller, sold: str, body: dict[str, Any], left: int
) -> None:
    assert [refund(admin, sold, {"amount": 1000} | body).status_code for _ in range(2)] == [200, 200]
    assert stock() == left


def test_what_is_back_already_is_not_put_back_again(admin: Caller, sold: str) -> None:
    [line] = db.session.query(OrderLine)
    restocking.put_back([PutBack(line.id, line.product_id, before=0, quantity=1)])
    assert stock() == 4
    refund(admin, sold, {"restock": True})
    assert stock() == 5


def test_of_a_merchants_session_there_is_nothing_to_put_back(admin: Caller, paid: str) -> None:
    assert refund(admin, paid, {"restock": True}).status_code == 200


def test_what_the_gateway_refuses_puts_nothing_back(
    admin: Caller, sold: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "refund", lambda *_: RefundAnswer.REFUSED)
    assert refund(admin, sold, {"restock": True}).status_code == 409
    assert stock() == 3


def stock() -> int:
    db.session.rollback()
    db.session.expire_all()
    return product("teapot").stock
