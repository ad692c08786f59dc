"""The admin's password: made or given at a start, and kept as a hash."""

import sqlite3
from contextlib import closing

import pytest
from argon2 import PasswordHasher
from flask import Flask

from smartcart.admin.login import passwords
from smartcart.admin.login.models import Admin
from smartcart.database.session import db
from tests.admin.browser import PASSWORD, AdminBrowser
from tests.support.databases import ON_BOTH, SQLITE


@ON_BOTH
def test_without_a_password_one_is_made_once(app: Flask) -> None:
    made = passwords.ensure_admin("")
    assert made
    assert len(made) >= passwords.SHORTEST_PASSWORD
    assert passwords.ensure_admin("") is None
    assert AdminBrowser(app.test_client()).sign_in(made).status_code == 303


def test_a_given_password_stays_as_it_is_kept(app: Flask) -> None:
    assert passwords.ensure_admin(PASSWORD) is None
    kept = db.session.get_one(Admin, "admin").password_hash
    assert PASSWORD not in kept
    assert kept.startswith("$argon2id$")
    passwords.ensure_admin(PASSWORD)
    passwords.ensure_admin("")
    assert db.session.get_one(Admin, "admin", populate_existing=True).password_hash == kept


@pytest.mark.parametrize("given", [PASSWORD, ""])
def test_a_start_with_the_password_that_is_kept_waits_for_no_writer(app: Flask, database: str, given: str) -> None:
    passwords.ensure_admin(PASSWORD)
    with closing(sqlite3.connect(database.removeprefix(SQLITE))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert passwords.ensure_admin(given) is None


def test_a_short_password_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="at least 8 characters"):
        passwords.ensure_admin("1234567")
    assert db.session.get(Admin, "admin") is None


def test_a_weaker_hash_is_made_anew_when_its_owner_signs_in(
    somebody: AdminBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=4))
    assert somebody.sign_in().status_code == 303
    assert "t=4" in db.session.get_one(Admin, "admin", populate_existing=True).password_hash
    assert somebody.get("/admin").status_code == 200


def test_another_password_signs_out_whoever_used_the_old_one(admin: AdminBrowser) -> None:
    assert passwords.ensure_admin("another password") is None
    assert admin.get("/admin").status_code == 303
    assert admin.sign_in(PASSWORD).status_code == 422
    assert admin.sign_in("another password").status_code == 303
