"""Somebody who shops without JavaScript: follows forms, carries cookies and CSRF tokens."""

import re
from contextvars import Context
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import Cookie, TestResponse

from smartcart.database.session import db, writing
from smartcart.shop.models import Product
from smartcart.web.shopper import PREFIX


def product(slug: str = "teapot", stock: int = 5, price: int = 4200, **fields: Any) -> Product:
    """A product on sale; an existing one of that name is answered as it is."""
    with writing():
        found = db.session.query(Product).filter_by(slug=slug).one_or_none()
        if found is None:
            described = {"name": slug.title(), "currency": "EUR", **fields}
            found = Product(slug=slug, price=price, stock=stock, **described)
            db.session.add(found)
    return found


# The button of the page that asks whether the same things are wanted a second time.
SECOND_TIME = re.compile(r'name="again"\s+value="([^"]*)"')


class Shopper:
    """One browser.

    Each request runs in a context of its own: the test's own app context would otherwise be shared by all requests, and
    with it one browser's CSRF token and sign-in by every other.
    """

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""  # kept for when the last product is sold, and the front page has no form any more
        self._its_cookies: dict[str, str] = {}

    def get(self, path: str, **more: Any) -> TestResponse:
        return Context().run(self.client.get, path, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form with the CSRF token that this browser's pages carry."""
        return Context().run(self.client.post, path, data={"csrf_token": self.token(), **(form or {})}, **more)

    def cookie(self) -> Cookie:
        """The cookie that says who this is."""
        kept = [cookie for cookie in (self.client._cookies or {}).values() if cookie.key.startswith(PREFIX)]
        assert len(kept) == 1
        return kept[0]

    def token(self) -> str:
        """That of the front page's forms, which is looked at again only with other cookies: the token hangs on them."""
        if not self._token or self._cookies() != self._its_cookies:
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/").text)
            self._token = found[1] if found else self._token
            self._its_cookies = self._cookies()
        assert self._token, "no form with a CSRF token on the front page"
        return self._token

    def _cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in (self.client._cookies or {}).values()}

    def put_into_cart(self, slug: str = "teapot", quantity: int = 1) -> TestResponse:
        product(slug)
        return self.post("/cart/lines", {"product": slug, "quantity": quantity})

    def check_out(self, name: str = "Ada Lovelace", email: str = "ada@example.org", **more: str) -> TestResponse:
        return self.post("/checkout", {"name": name, "email": email, **more})

    def order(self, slug: str = "teapot", quantity: int = 1) -> str:
        """Buy something up to the payment page, and mean it if it may be the second time; returns the session's id."""
        self.put_into_cart(slug, quantity)
        response = self.check_out()
        while asked := SECOND_TIME.search(response.text):
            response = self.check_out(again=asked[1])
        assert response.status_code == 303, response.text
        return response.location.rpartition("/")[2]

    def pay(self, session: str, method: str = "sandbox_approve", **fields: str) -> TestResponse:
        return self.post(f"/pay/{session}/attempts", {"method": method, **fields})
