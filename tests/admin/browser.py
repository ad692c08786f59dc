"""The admin's browser: signs in, and carries cookies and CSRF tokens."""

import re
from contextvars import Context
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.visitor import words

PASSWORD = "a password for tests"
# What htmx sends with every request.
HTMX = {"HX-Request": "true"}


class AdminBrowser:
    """One browser. Each request runs in a context of its own, as it does outside of tests."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> TestResponse:
        return Context().run(self.client.get, path, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form with the CSRF token that this browser's pages carry."""
        return Context().run(self.client.post, path, data={"csrf_token": self.token(), **(form or {})}, **more)

    def token(self) -> str:
        found = re.search(
            r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/admin/login", follow_redirects=True).text
        )
        assert found, "no form with a CSRF token"
        return found[1]

    def sign_in(self, password: str = PASSWORD, name: str = "admin", **more: str) -> TestResponse:
        return self.post("/admin/login", {"name": name, "password": password, **more})

    def read(self, path: str) -> str:
        """What people read on a page, after a redirect if there is one."""
        response = self.get(path, follow_redirects=True)
        assert response.status_code == 200, response.status
        return words(response.text)

    def renew(self, page: TestResponse) -> TestResponse:
        """What htmx does with a page that renews itself."""
        found = re.search(r'hx-get="([^"]+)"', page.text)
        assert found, "nothing on this page renews itself"
        return self.get(unescape(found[1]), headers=HTMX)


def rows(html: str, test_id: str) -> list[str]:
    """What people read in each element with that test handle."""
    return [words(found[0]) for found in re.finditer(rf'<(\w+)[^>]*data-testid="{test_id}".*?</\1>', html, re.DOTALL)]
