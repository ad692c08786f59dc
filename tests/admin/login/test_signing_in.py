"""Signing in: only the admin, not by guessing, and to nowhere but the admin's own pages."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask

from smartcart import clock, create_app
from smartcart.admin.login import guesses, passwords
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.admin.browser import HTMX, PASSWORD, AdminBrowser
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.visitor import words

EVERY_PAGE = [
    "/admin",
    "/admin/sessions",
    "/admin/search",
    "/admin/sessions/x",
    "/admin/orders",
    "/admin/orders/x",
]


def test_the_right_password_opens_the_admin(somebody: AdminBrowser) -> None:
    answer = somebody.sign_in()
    assert (answer.status_code, answer.location) == (303, "/admin")
    assert "Overview" in somebody.read("/admin")


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_who_is_not_signed_in_is_asked_to_and_comes_back(somebody: AdminBrowser, path: str) -> None:
    answer = somebody.get(path)
    assert (answer.status_code, answer.location) == (303, f"/admin/login?next={path}")
    assert somebody.sign_in(next=path).location == path


@pytest.mark.parametrize("path", ["/admin/sessions/x/check", "/admin/sessions/x/cancel"])
def test_who_is_not_signed_in_does_nothing(somebody: AdminBrowser, path: str) -> None:
    answer = somebody.post(path, headers={"Referer": "http://localhost/admin/sessions/x"})
    assert (answer.status_code, answer.location) == (303, "/admin/login?next=/admin/sessions/x")


def test_a_page_that_renews_itself_is_loaded_again_to_sign_in(somebody: AdminBrowser) -> None:
    answer = somebody.get("/admin/sessions", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.text) == (403, "true", "")


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(somebody: AdminBrowser) -> None:
    wrong_password = somebody.sign_in("wrong password")
    wrong_name = somebody.sign_in(name="root")
    assert wrong_password.status_code == wrong_name.status_code == 422
    assert "do not belong together" in words(wrong_password.text)
    assert words(wrong_password.text) == words(wrong_name.text)
    assert somebody.get("/admin").status_code == 303


def test_an_unknown_name_takes_the_work_of_a_known_one(somebody: AdminBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, known, given: verified.append(given))
    passwords.admin_with("root", "guess")
    passwords.admin_with("admin", "guess")
    assert verified == ["guess", "guess"]


def test_the_password_is_not_sent_back(somebody: AdminBrowser) -> None:
    assert "a wrong secret" not in somebody.sign_in("a wrong secret").text


@pytest.mark.parametrize("missing", ["name", "password"])
def test_an_empty_field_is_named(somebody: AdminBrowser, missing: str) -> None:
    answer = somebody.sign_in(**{missing: ""})
    assert answer.status_code == 422
    assert f"Please give the {missing}." in words(answer.text)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/admin",
        "//example.org/admin",
        "/\\example.org",
        "\\\\example.org",
        "javascript:alert(1)",
        "/adminexample.org",
        "/admin\r\nX-Header: 1",
        "/checkout",
    ],
)
def test_signing_in_leads_to_no_other_site(somebody: AdminBrowser, elsewhere: str) -> None:
    assert somebody.sign_in(next=elsewhere).location == "/admin"
    assert somebody.get("/admin/login", query_string={"next": elsewhere}).location == "/admin"


def test_a_form_of_another_site_signs_nobody_in(somebody: AdminBrowser) -> None:
    answer = somebody.client.post("/admin/login", data={"name": "admin", "password": PASSWORD})
    assert answer.status_code == 400
    assert somebody.get("/admin").status_code == 303


@pytest.fixture
def limited(settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    app = create_app(settings.model_copy(update={"rate_limit": "120 per minute"}), sandbox)
    with app.app_context():
        passwords.ensure_admin(PASSWORD)
        yield app
    clock.freeze(None)


@ON_BOTH
def test_guessing_is_stopped_and_told_how_long_to_wait(settings: Settings, sandbox: Sandbox) -> None:
    limited = settings.model_copy(update={"rate_limit": "120 per minute"})
    app = create_app(limited, sandbox)
    with app.app_context():
        passwords.ensure_admin(PASSWORD)
        guesser = AdminBrowser(app.test_client())
        answers = [guesser.sign_in("guess") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61  # a minute, rounded up
        # Nobody gets around it with another browser at the same address, not even with the right password.
        assert AdminBrowser(app.test_client()).sign_in().status_code == 429
        assert guesser.get("/admin/login").status_code == 200
        # Nor at another process, nor by starting it anew.
        with create_app(limited, sandbox).app_context() as context:
            assert AdminBrowser(context.app.test_client()).sign_in().status_code == 429
        clock.freeze(clock.now() + timedelta(minutes=1))
        assert AdminBrowser(app.test_client()).sign_in().status_code == 303


def test_a_stranger_s_wrong_passwords_do_not_lock_out_a_browser_that_has_signed_in_before(limited: Flask) -> None:
    owner, stranger = AdminBrowser(limited.test_client()), AdminBrowser(limited.test_client())
    owner.sign_in()
    owner.post("/admin/logout")
    assert [stranger.sign_in("guess").status_code for _ in range(6)][-1] == 429
    assert owner.sign_in().status_code == 303
    # A mark that somebody made up is none, and a real one is counted by itself.
    stranger.client.set_cookie(guesses.MARK, "made-up.signature", path="/admin")
    assert stranger.sign_in().status_code == 429
    assert [owner.post("/admin/logout").status_code, *(owner.sign_in("guess").status_code for _ in range(6))][-1] == 429


def test_guesses_from_one_network_of_ipv6_are_counted_together(limited: Flask) -> None:
    def guess(address: str) -> int:
        return (
            AdminBrowser(limited.test_client())
            .post("/admin/login", {"name": "admin", "password": "x"}, environ_overrides={"REMOTE_ADDR": address})
            .status_code
        )

    assert [guess(f"2001:db8:0:1::{number}") for number in range(6)] == [422] * 5 + [429]
    assert guess("2001:db8:0:2::1") == 422


@ON_BOTH
def test_an_hour_of_guessing_is_stopped_too(limited: Flask) -> None:
    guesser = AdminBrowser(limited.test_client())
    answers = []
    for _ in range(31):
        answers.append(guesser.sign_in("guess").status_code)
        clock.freeze(clock.now() + timedelta(seconds=13))
    assert answers == [422] * 30 + [429]


def test_who_knows_the_password_may_sign_in_as_often_as_needed(settings: Settings, sandbox: Sandbox) -> None:
    app = create_app(settings.model_copy(update={"rate_limit": "120 per minute"}), sandbox)
    with app.app_context():
        passwords.ensure_admin(PASSWORD)
        assert [AdminBrowser(app.test_client()).sign_in().status_code for _ in range(7)] == [303] * 7


def test_signing_out_ends_the_session(admin: AdminBrowser) -> None:
    assert admin.post("/admin/logout").location == "/admin/login"
    assert "You are signed out." in admin.read("/admin/login")
    assert admin.get("/admin").status_code == 303


def test_a_copy_of_the_cookie_ends_with_it(admin: AdminBrowser, app: Flask) -> None:
    thief = AdminBrowser(app.test_client())
    copied = admin.client.get_cookie("smartcart")
    assert copied
    thief.client.set_cookie("smartcart", copied.value)
    assert thief.get("/admin").status_code == 200
    admin.post("/admin/logout")
    thief.client.set_cookie("smartcart", copied.value)
    assert thief.get("/admin").status_code == 303


def test_however_busy_it_is_a_sign_in_ends_after_a_week(admin: AdminBrowser) -> None:
    begun = clock.now()
    for hours in range(10, 7 * 24, 10):
        clock.freeze(begun + timedelta(hours=hours))
        assert admin.get("/admin").status_code == 200
    clock.freeze(begun + timedelta(days=7, seconds=1))
    assert admin.get("/admin").status_code == 303
    assert admin.sign_in().status_code == 303


def test_signing_in_and_wrong_passwords_are_in_the_log(
    somebody: AdminBrowser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    somebody.sign_in("guess")
    somebody.sign_in()
    somebody.post("/admin/logout")
    told = [record.getMessage() for record in caplog.records if record.name == "smartcart.admin.login.routes"]
    assert told == [
        "a wrong name or password for the admin, by a browser not known",
        "admin signed in",
        "admin signed out",
    ]


def test_a_link_signs_nobody_out(admin: AdminBrowser) -> None:
    assert admin.get("/admin/logout").status_code == 303
    assert admin.get("/admin").status_code == 200


def test_a_night_without_a_click_signs_out(admin: AdminBrowser) -> None:
    clock.freeze(clock.now() + timedelta(hours=11))
    assert admin.get("/admin").status_code == 200
    clock.freeze(clock.now() + timedelta(hours=11))
    assert admin.get("/admin").status_code == 200
    clock.freeze(clock.now() + timedelta(hours=13))
    assert admin.get("/admin").status_code == 303


def test_a_page_that_renews_itself_does_not_stay_signed_in_for_ever(admin: AdminBrowser) -> None:
    clock.freeze(clock.now() + timedelta(hours=11))
    assert admin.get("/admin/sessions", headers=HTMX).status_code == 200
    clock.freeze(clock.now() + timedelta(hours=2))
    assert admin.get("/admin/sessions", headers=HTMX).status_code == 403


def test_signing_in_begins_a_new_session_and_keeps_the_cart(somebody: AdminBrowser) -> None:
    shopper = Shopper(somebody.client)
    shopper.put_into_cart("teapot")
    with somebody.client.session_transaction() as before:
        before["planted"] = "by somebody who knew the session"
    old = shopper.cookie().value
    somebody.sign_in()
    with somebody.client.session_transaction() as after:
        assert "planted" not in after
    assert shopper.cookie().value == old
    assert "Teapot" in shopper.get("/cart").text
