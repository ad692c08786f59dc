"""API keys: who a merchant's software is, and what it may see."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.api import keys
from smartcart.payments.api.keys import make_key
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from tests.payments.on_record import events
from tests.support.caller import CHARGE, Caller, by_key
from tests.support.shopper import Shopper

Reached = Callable[..., PaymentSession]


def test_an_unknown_key_is_401_everywhere_and_says_nothing_else(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    known = merchant.headers()["Authorization"]
    wrong = [
        "Bearer sk_wrong",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        known.replace("Bearer", "Basic"),
        known + "x",
        known[:-1],
    ]
    wrong += [known.lower(), "Bearer \xe9", "Bearer " + "x" * 10_000, "", known.removeprefix("Bearer ")]
    for header in wrong:
        stranger = Caller(app.test_client(), lambda sent=header: {"Authorization": sent})
        for response in (stranger.get(f"/session/{session}"), stranger.pay(session), stranger.get("/sessions/active")):
            assert (response.status_code, response.get_json()["code"]) == (401, "unknown_key"), header
            assert response.headers["WWW-Authenticate"] == "Bearer"
            assert response.mimetype == "application/problem+json"
    assert merchant.session(session)["attempts"] == 0


def test_a_key_does_not_need_the_csrf_token_and_a_cookie_beside_it_gives_nothing(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    key = make_key("a merchant", is_admin=False)
    both = Caller(shopper.client, lambda: {"Authorization": f"Bearer {key}"})
    assert both.get(f"/session/{session}").status_code == 404
    assert both.post("/session/create", {"reference": "A-1", **CHARGE}).status_code == 201


def test_a_key_is_kept_as_its_hash_only(app: Flask) -> None:
    key = make_key("a merchant", is_admin=False)
    row = db.session.execute(text("select * from api_key")).one()
    assert row.hash == sha256(key.encode()).hexdigest()
    assert key not in str(row)
    assert len(key) >= 40


def test_names_of_keys_are_refused_with_what_is_allowed(app: Flask) -> None:
    make_key("taken", is_admin=False)
    with pytest.raises(ValueError, match="there is a key named taken already"):
        make_key("taken", is_admin=False)
    for name in ("", "x" * 77, "a\nb", "\x00"):
        with pytest.raises(ValueError, match="a name has from 1 to 76 printable characters"):
            make_key(name, is_admin=False)


def test_the_longest_name_still_fits_into_the_trail(app: Flask) -> None:
    caller = by_key(app, "n" * 76)
    trail = events(caller.create()["id"])
    assert [event.actor for event in trail] == ["key " + "n" * 76]
    assert len(trail[0].actor) <= db.metadata.tables["payment_event"].c.actor.type.length


def test_another_merchants_key_finds_nothing(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    other = by_key(app, "another merchant")
    calls = [
        other.get(f"/session/{session}"),
        other.get(f"/session/{session}/summary"),
        other.pay(session),
        other.resume(session, "sandbox_approve"),
        other.post(f"/session/{session}/complete"),
        other.post(f"/session/{session}/cancel"),
        other.post(f"/session/{session}/interrupt", {"kind": "timeout"}),
    ]
    assert {(answer.status_code, answer.get_json()["code"]) for answer in calls} == {(404, "not_found")}
    assert (queries.find(session).state, queries.find(session).version) == ("created", 1)


def test_an_admins_key_sees_and_acts_on_every_session(admin: Caller, merchant: Caller, shopper: Shopper) -> None:
    of_merchant, of_shopper = merchant.create()["id"], shopper.order()
    for session in (of_merchant, of_shopper):
        assert admin.session(session)["id"] == session
        assert admin.summary(session)["session"]["id"] == session
        assert admin.post(f"/session/{session}/cancel").get_json()["status"] == "cancelled"
        assert "key the office" in {event.actor for event in events(session)}


def test_the_same_reference_of_two_merchants_are_two_orders(app: Flask, merchant: Caller, reached: Reached) -> None:
    other = by_key(app, "another merchant")
    mine, theirs = merchant.create("A-1"), other.create("A-1", amount=99)
    assert mine["id"] != theirs["id"]
    merchant.pay(mine["id"])
    reached(mine["id"], "completed")
    assert other.session(theirs["id"])["status"] == "created"
    assert merchant.post("/session/create", {"reference": "A-1", **CHARGE}).status_code == 409
    assert other.post("/session/create", {"reference": "A-1", **CHARGE, "amount": 99}).status_code == 200


def test_a_merchants_reference_that_looks_like_an_order_of_the_shop_is_not_that_order(
    merchant: Caller, shopper: Shopper
) -> None:
    session = shopper.order()
    number = queries.find(session).order_reference
    assert merchant.create(number)["id"] != session
    assert queries.find(session).state == "created"


def test_who_sends_no_key_is_told_that_one_is_needed(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    nobody = app.test_client(use_cookies=False)
    for path in ("session/create", f"session/{session}/pay", f"session/{session}/cancel"):
        response = nobody.post(f"/api/payments/{path}", json={})
        assert (response.status_code, response.get_json()["code"]) == (401, "key_needed")
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert "Authorization: Bearer" in response.get_json()["detail"]


def test_made_anew_a_key_keeps_what_it_has_opened_and_the_one_before_ends(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    key = keys.rotate("a merchant")
    after = Caller(app.test_client(), lambda: {"Authorization": f"Bearer {key}"})
    assert after.session(session)["id"] == session
    assert merchant.get(f"/session/{session}").status_code == 401


def test_for_as_long_as_is_said_the_one_before_holds_too(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    keys.rotate("a merchant", overlap_hours=1)
    assert merchant.get(f"/session/{session}").status_code == 200
    clock.freeze(clock.now() + timedelta(hours=1))
    assert merchant.get(f"/session/{session}").status_code == 401


def test_a_revoked_key_ends_at_once_with_the_one_before_it(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    key = keys.rotate("a merchant", overlap_hours=1)
    keys.revoke("a merchant")
    after = Caller(app.test_client(), lambda: {"Authorization": f"Bearer {key}"})
    assert [caller.get(f"/session/{session}").status_code for caller in (merchant, after)] == [401, 401]
    for act in (keys.revoke, keys.rotate):
        with pytest.raises(ValueError, match="the key named a merchant was revoked already"):
            act("a merchant")
    with pytest.raises(ValueError, match="there is a key named a merchant already"):
        make_key("a merchant", is_admin=False)


@pytest.mark.parametrize("hours", [-1, 169])
def test_how_long_a_key_may_hold_beside_its_next_is_bounded(merchant: Caller, hours: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 168 hours"):
        keys.rotate("a merchant", overlap_hours=hours)
