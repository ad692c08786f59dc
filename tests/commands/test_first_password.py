"""`smartcart serve` makes the admin's first password and prints it once."""

import re

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.admin.login.passwords import admin_with, ensure_admin
from smartcart.server import serve
from tests.commands.running import PORT, SERVE, Command
from tests.support.two_at_once import overlapping


@pytest.fixture(autouse=True)
def serving_ends_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(serve, "serve", lambda *_, **__: None)


def signs_in(password: str) -> bool:
    with create_app().app_context():
        return admin_with("admin", password) is not None


def test_the_first_password_is_printed_once_and_signs_in(run: Command, migrated: str) -> None:
    printed = run(*SERVE).out
    at = f"http://127.0.0.1:{PORT}"
    assert f"The shop is at {at}/, the admin at {at}/admin (user admin).\n" in printed
    password = re.search(r"The admin's first password, shown this once: (\S+)\n", printed)
    assert password
    assert signs_in(password[1])
    assert "password" not in run(*SERVE).out
    assert signs_in(password[1])


def test_a_password_that_is_given_is_used_and_not_printed(
    run: Command, environment: pytest.MonkeyPatch, migrated: str
) -> None:
    environment.setenv("SMARTCART_ADMIN_PASSWORD", "correct horse")
    done = run(*SERVE)
    assert done.code == 0
    assert not re.search("password|correct horse", done.out + done.err)
    assert signs_in("correct horse")


def test_a_password_that_is_changed_in_the_settings_is_the_one_from_then_on(
    run: Command, environment: pytest.MonkeyPatch, migrated: str
) -> None:
    for password in ("correct horse", "battery staple"):
        environment.setenv("SMARTCART_ADMIN_PASSWORD", password)
        run(*SERVE)
    assert signs_in("battery staple")
    assert not signs_in("correct horse")


def test_of_two_shops_started_at_once_one_makes_the_password(app: Flask) -> None:
    made = [password for password in overlapping(app, *[lambda: ensure_admin("")] * 2) if password]
    assert len(made) == 1
    assert admin_with("admin", str(made[0]))
