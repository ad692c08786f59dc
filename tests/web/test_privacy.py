"""What one visitor learns of another: nothing."""

import re
import string
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from flask import Flask

from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.shop.models import Order
from tests.support.caller import Caller, by_cookie, by_key
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

NAME, ADDRESS = "Ada Lovelace", "ada@example.org"
URL_SAFE = set(string.ascii_letters + string.digits + "-_")
# Whole words: a token of forms may have any three letters in it.
PERSONAL = re.compile(r"\bAda\b|Lovelace|ada@|/orders/[\w-]{20}")


@pytest.mark.parametrize(
    ("method", "state"),
    [
        (None, "created"),
        ("sandbox_approve", "completed"),
        ("sandbox_decline", "interrupted"),
        ("sandbox_timeout", "checking"),
        ("sandbox_challenge", "action_required"),
    ],
)
def test_whoever_holds_the_address_of_a_payment_sees_the_payment_and_not_the_person(
    app: Flask, shopper: Shopper, method: str | None, state: str
) -> None:
    session = shopper.order()
    if method:
        shopper.pay(session, method)
        wait_for(lambda: queries.find(session).state == state)
    holder = Shopper(app.test_client())
    for path in (f"/pay/{session}", f"/pay/{session}/status"):
        page = holder.get(path)
        assert f'data-state="{state}"' in page.text
        assert not PERSONAL.search(page.text)
        assert not PERSONAL.search(str(page.headers))


def test_who_ordered_sees_their_name_and_the_way_to_their_receipt(shopper: Shopper) -> None:
    session = shopper.order()
    page = shopper.get(f"/pay/{session}").text
    assert NAME in page
    assert ADDRESS in page
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state == "completed")
    receipt = re.search(r'href="(/orders/[\w-]+)"', shopper.get(f"/pay/{session}/status").text)
    assert receipt
    assert ADDRESS in shopper.get(receipt[1]).text


def test_a_merchants_session_never_belongs_to_a_shopper(app: Flask, shopper: Shopper) -> None:
    owner = queries.find(shopper.order()).owner
    session = by_key(app).create(user=owner)["id"]
    page = shopper.get(f"/pay/{session}")
    assert page.status_code == 200
    assert not PERSONAL.search(page.text)


def test_carts_and_orders_are_seen_by_nobody_else(app: Flask, shopper: Shopper) -> None:
    shopper.put_into_cart("kettle")
    stranger = Shopper(app.test_client())
    assert "Kettle" not in stranger.get("/cart").text
    assert stranger.get("/checkout").status_code == 303


def test_figures_and_health_name_nobody(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    for path in ("/metrics", "/livez", "/readyz"):
        text = shopper.get(path).text
        assert session not in text
        assert not PERSONAL.search(text)


def test_the_admins_rooms_are_closed_to_everybody_else(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin")]
    closed = [rule for rule in rules if rule.endpoint not in ("login.login", "login.logout")]
    assert len(closed) > 10
    ids = {"product_id": 1, "finding_id": 1, "letter_id": 1, "delivery_id": 1, "endpoint_id": "one", "page": "terms"}
    ids |= {"run_id": 1, "rule_id": 1}
    values: dict[str, Any] = {"session_id": session, "number": "SC-1001", **ids}
    addresses = app.url_map.bind("localhost")
    for visitor in (shopper, Shopper(app.test_client())):
        for rule in closed:
            path = addresses.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            for method in (rule.methods or set()) & {"GET", "POST"}:
                response = visitor.get(path) if method == "GET" else visitor.post(path)
                assert response.status_code == 303, path
                assert response.location.startswith("/admin/login")
                assert not PERSONAL.search(response.text)


def test_a_program_with_a_key_is_not_the_admin_of_the_pages(app: Flask) -> None:
    key = by_key(app, is_admin=True)
    assert key.client.get("/admin", headers=key.headers()).status_code == 303


def test_signing_in_leads_to_no_other_site(app: Flask, shopper: Shopper) -> None:
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "/adminevil", "javascript:evil()"):
        page = shopper.get("/admin/login", query_string={"next": wanted}).text
        assert "evil" not in page


def test_what_opens_a_door_cannot_be_guessed(app: Flask, shopper: Shopper) -> None:
    merchant = by_key(app)
    sessions = [merchant.create(str(number))["id"] for number in range(20)]
    keys = [by_key(app, str(number)).headers()["Authorization"].removeprefix("Bearer sk_") for number in range(5)]
    session = shopper.order()
    order = db.session.query(Order).one()
    owner = queries.find(session).owner
    for made, length in ((sessions, 32), ([order.token], 32), ([owner], 32), (keys, 43)):
        assert {len(each) for each in made} == {length}
        assert set("".join(made)) <= URL_SAFE
        assert len(set(made)) == len(made)
    # Random text of 32 letters out of 64 shares half a letter in its place with another; counted ones share nearly all.
    assert max(_shared(one, other) for one, other in combinations(sessions, 2)) < 10


def test_another_browser_cannot_act_on_a_session_through_the_api(
    app: Flask, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = shopper.order()
    thief = Shopper(app.test_client())
    thief.put_into_cart()
    api = by_cookie(thief)
    acts: dict[str, Callable[[Caller], Any]] = {
        "pay": lambda caller: caller.pay(session),
        "resume": lambda caller: caller.resume(session, "sandbox_approve"),
        "complete": lambda caller: caller.post(f"/session/{session}/complete"),
        "cancel": lambda caller: caller.post(f"/session/{session}/cancel"),
        "interrupt": lambda caller: caller.post(f"/session/{session}/interrupt", {"kind": "timeout"}),
    }
    assert {name: act(api).status_code for name, act in acts.items()} == dict.fromkeys(acts, 404)
    found = queries.find(session)
    assert (found.state, found.version) == ("created", 1)


def _shared(one: str, other: str) -> int:
    return sum(mine == theirs for mine, theirs in zip(one, other, strict=True))
