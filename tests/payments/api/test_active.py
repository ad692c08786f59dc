"""GET sessions/active: every open session, for the admin."""

from threading import Event

from flask import Flask

from smartcart.admin.login.passwords import ensure_admin
from tests.support.caller import Caller, by_cookie
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

# Sorting and paging are the database's.
pytestmark = ON_BOTH

PASSWORD = "a password for tests"
WRONG = {
    "limit": ["0", "-1", "101", "1.5", "ten", "", "%00", "٥", "1e2", "+1", "0x1", "00001000", "000001" + "9" * 5000],
    "status": ["completed", "CREATED", "", "x" * 5000, "%00", "☃"],
    "after": ["", "x", "A" * 32, "A" * 5000, "%00" * 32, "☃" * 32],
}


def test_open_sessions_are_listed_oldest_first_and_ended_ones_are_not(
    admin: Caller, merchant: Caller, shopper: Shopper
) -> None:
    of_shopper = shopper.order()
    of_merchant, ended = merchant.create("A-1")["id"], merchant.create("A-2")["id"]
    merchant.post(f"/session/{ended}/cancel")
    answer = admin.get("/sessions/active").get_json()
    assert [session["id"] for session in answer["sessions"]] == [of_shopper, of_merchant]
    assert (answer["count"], answer["next"]) == (2, None)
    assert answer["sessions"][1] == merchant.session(of_merchant)


def test_pages_follow_one_another_until_there_is_no_next(admin: Caller, merchant: Caller) -> None:
    opened = [merchant.create(f"A-{number}")["id"] for number in range(5)]
    seen, after = [], ""
    for expected in (2, 2, 1):
        answer = admin.get(f"/sessions/active?limit=2{after}").get_json()
        assert answer["count"] == len(answer["sessions"]) == expected
        seen += [session["id"] for session in answer["sessions"]]
        after = f"&after={answer['next']}"
    assert seen == opened
    assert answer["next"] is None


def test_a_page_goes_on_after_a_session_that_has_ended_meanwhile(admin: Caller, merchant: Caller) -> None:
    opened = [merchant.create(f"A-{number}")["id"] for number in range(3)]
    following = admin.get("/sessions/active?limit=1").get_json()["next"]
    merchant.post(f"/session/{following}/cancel")
    answer = admin.get(f"/sessions/active?after={following}").get_json()
    assert [session["id"] for session in answer["sessions"]] == opened[1:]


def test_sessions_are_filtered_by_status(admin: Caller, merchant: Caller, answer_now: Event) -> None:
    waiting, under_way = merchant.create("A-1")["id"], merchant.create("A-2")["id"]
    merchant.pay(under_way)
    for status, expected in (("created", [waiting]), ("processing", [under_way]), ("checking", [])):
        answer = admin.get(f"/sessions/active?status={status}").get_json()
        assert [session["id"] for session in answer["sessions"]] == expected


def test_a_wrong_parameter_is_refused_with_its_name(admin: Caller) -> None:
    for name, values in WRONG.items():
        for value in values:
            response = admin.get(f"/sessions/active?{name}={value}")
            assert (response.status_code, response.get_json()["code"]) == (422, "bad_fields"), (name, value)
            assert response.get_json()["detail"].startswith(f"{name}: must be ")


def test_only_the_admin_may_list(merchant: Caller, customer: Caller, app: Flask) -> None:
    nobody = Caller(app.test_client(), dict)
    for caller in (merchant, customer, nobody):
        response = caller.get("/sessions/active")
        assert (response.status_code, response.get_json()["code"]) == (403, "forbidden")
    unknown = Caller(app.test_client(), lambda: {"Authorization": "Bearer sk_wrong"})
    assert unknown.get("/sessions/active").status_code == 401


def test_the_admins_browser_may_list_and_see_every_session(app: Flask, merchant: Caller) -> None:
    session = merchant.create()["id"]
    ensure_admin(PASSWORD)
    office = Shopper(app.test_client())
    token = by_cookie(office).headers()["X-CSRFToken"]
    office.post("/admin/login", {"name": "admin", "password": PASSWORD, "csrf_token": token})
    signed_in = by_cookie(office)
    assert signed_in.get("/sessions/active").get_json()["count"] == 1
    assert signed_in.session(session)["id"] == session
