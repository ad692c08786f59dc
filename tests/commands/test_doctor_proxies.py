"""`smartcart doctor` notices a proxy that the shop was not told of."""

import pytest
from flask import Flask

from smartcart.admin.login import passwords
from smartcart.doctor import Verdict, proxies
from tests.admin.browser import PASSWORD, AdminBrowser

PUBLIC, LOCAL = "https://shop.example", ""
FORWARDED = {"X-Forwarded-For": "198.51.100.7"}


def sign_in(app: Flask, address: str, headers: dict[str, str] | None = None) -> None:
    passwords.ensure_admin(PASSWORD)
    form = {"name": "admin", "password": PASSWORD}
    browser = AdminBrowser(app.test_client())
    answer = browser.post("/admin/login", form, environ_overrides={"REMOTE_ADDR": address}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("sign_ins", "base_url", "verdict"),
    [
        ([], PUBLIC, Verdict.OK),
        ([("172.17.0.1", None)], PUBLIC, Verdict.WARNING),
        ([("127.0.0.1", FORWARDED)], LOCAL, Verdict.WARNING),
        ([("127.0.0.1", None)], LOCAL, Verdict.OK),
        ([("172.17.0.1", None), ("203.0.114.9", None)], PUBLIC, Verdict.OK),
        ([("203.0.114.9", None)], PUBLIC, Verdict.OK),
    ],
)
def test_one_private_address_for_everybody_is_a_proxy(
    app: Flask, sign_ins: list[tuple[str, dict[str, str] | None]], base_url: str, verdict: Verdict
) -> None:
    for address, headers in sign_ins:
        sign_in(app, address, headers)
    found = proxies.check(proxies.sign_ins(), base_url)
    assert found.verdict is verdict
    if verdict is Verdict.WARNING:
        assert found.to_do == f"If that is your proxy: SMARTCART_TRUSTED_PROXIES={sign_ins[0][0]}"


def test_a_proxy_that_is_trusted_is_not_said_to_be_none(app: Flask) -> None:
    sign_in(app, "127.0.0.1")
    found = proxies.check(proxies.sign_ins(), LOCAL, are_trusted=True)
    assert (found.verdict, "no proxy" in found.found, "trusted" in found.found) == (Verdict.OK, False, True)
