"""Keys of the API in the admin: made, seen, made anew, revoked."""

import logging
import re

import pytest
from flask import Flask

from tests.admin.browser import AdminBrowser, rows
from tests.support.caller import Caller
from tests.support.visitor import words

KEYS = "/admin/keys"


def act(admin: AdminBrowser, what: str, name: str, /, **more: str) -> str:
    answer = admin.post(KEYS, {"act": what, "name": name, **more})
    assert answer.status_code == 200, words(answer.text)
    found = re.search(r'data-testid="new-key">(sk_[\w-]+)<', answer.text)
    return found[1] if found else words(answer.text)


def opens(app: Flask, key: str) -> int:
    return Caller(app.test_client(), lambda: {"Authorization": f"Bearer {key}"}).get("/sessions/active").status_code


def test_a_key_is_shown_once_and_opens(admin: AdminBrowser, app: Flask) -> None:
    key = act(admin, "make", "till")
    assert opens(app, key) != 401
    assert key not in admin.get(KEYS).text
    [row] = rows(admin.get(KEYS).text, "api-key")
    assert row.startswith("till its own")
    assert row.endswith("for good")


def test_one_of_an_admin_may_see_everything(admin: AdminBrowser, app: Flask) -> None:
    assert opens(app, act(admin, "make", "till")) == 403
    assert opens(app, act(admin, "make", "office", admin="on")) == 200


def test_made_anew_the_one_before_ends(admin: AdminBrowser, app: Flask) -> None:
    before = act(admin, "make", "office", admin="on")
    after = act(admin, "rotate", "office")
    assert (opens(app, before), opens(app, after)) == (401, 200)


def test_revoked_it_opens_nothing_and_stays_in_the_list(admin: AdminBrowser, app: Flask) -> None:
    key = act(admin, "make", "office", admin="on")
    assert "The key named office opens nothing any more." in act(admin, "revoke", "office")
    assert opens(app, key) == 401
    [row] = rows(admin.get(KEYS).text, "api-key")
    assert "revoked" in row


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"act": "make", "name": "till"}, 422, "Nothing was done: there is a key named till already."),
        ({"act": "make", "name": ""}, 422, "Nothing was done: a name has from 1 to 76 printable characters."),
        ({"act": "revoke", "name": "other"}, 422, "Nothing was done: there is no key named other."),
        ({"act": "burn", "name": "till"}, 400, "could not be understood"),
        ({}, 400, "could not be understood"),
    ],
)
def test_what_cannot_be_done_is_said(admin: AdminBrowser, form: dict[str, str], status: int, said: str) -> None:
    act(admin, "make", "till")
    answer = admin.post(KEYS, form)
    assert (answer.status_code, said in words(answer.text)) == (status, True)


def test_the_log_says_so_and_no_key(admin: AdminBrowser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    key = act(admin, "make", "till")
    act(admin, "revoke", "till")
    told = [record.getMessage() for record in caplog.records if record.name == "smartcart.admin.api_keys.routes"]
    assert told == [
        "the key of the API named till was made by admin",
        "the key of the API named till was revoked by admin",
    ]
    assert key not in caplog.text


def test_nobody_else_gets_there(somebody: AdminBrowser) -> None:
    assert somebody.get(KEYS).location == f"/admin/login?next={KEYS}"
    assert somebody.post(KEYS, {"act": "make", "name": "till"}).status_code == 303
    somebody.sign_in()
    assert rows(somebody.get(KEYS).text, "api-key") == []
