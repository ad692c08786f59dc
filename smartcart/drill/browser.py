"""A browser without JavaScript, by the standard library alone: carries cookies and CSRF tokens, follows no redirect."""

import json
import re
import socket
from contextlib import nullcontext
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from random import choice
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from smartcart.drill.gate import Gate

# No answer of the shop takes longer, in seconds: what does is a defect.
PATIENCE = 20.0
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *told: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""


class Browser:
    """One browser, or with a `key` one program, at a shop that is reached at any of `addresses`.

    What it posts passes the `gate`. A request that gets no whole answer raises OSError.
    """

    def __init__(self, *addresses: str, key: str = "", gate: Gate | None = None) -> None:
        self.addresses = addresses
        self._gate = gate or Gate()
        self._cookies = CookieJar()
        self._key = {"Authorization": f"Bearer {key}"} if key else {}
        self._opener = build_opener(HTTPCookieProcessor(self._cookies), _StayHere)
        self._token = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._send(path, None, headers | (self._key if path.startswith("/api/") else {}))

    def post(self, path: str, **fields: str) -> Answer:
        """Post a form as this browser's pages have it."""
        return self._send(path, self._form(fields), {})

    def post_cut_short(self, path: str, **fields: str) -> None:
        """Post a form, and hang up one byte before its end. Raises OSError when nobody takes the call."""
        form = self._form(fields)
        request = Request(choice(self.addresses) + path, form)  # noqa: S310, S311  # the shop's own address; no secret
        self._cookies.add_cookie_header(request)
        door = urlsplit(request.full_url)
        head = [
            f"POST {path} HTTP/1.1",
            f"Host: {door.netloc}",
            f"Cookie: {request.get_header('Cookie', '')}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(form) + 1}",
        ]
        with self._gate.passing(), socket.create_connection((door.hostname, door.port), PATIENCE) as call:
            call.sendall("\r\n".join([*head, "", ""]).encode() + form)

    def call(self, path: str, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        """Post JSON to the API, by key or by cookie."""
        who = self._key or {"X-CSRFToken": self.token()}
        return self._send(
            f"/api/payments{path}",
            json.dumps(fields).encode(),
            {"Content-Type": "application/json", **who, **(headers or {})},
        )

    def sign_in(self, password: str) -> None:
        """As the admin. Raises ConnectionError when that is refused."""
        answer = self.post("/admin/login", name="admin", password=password)
        self._token = ""  # those of before are no longer of any use
        if answer.status != 303:
            raise ConnectionError(f"signing in was answered with {answer.status}")

    def token(self) -> str:
        """The CSRF token that this browser's pages carry."""
        if not self._token:
            found = TOKEN.search(self.get("/").text)
            if found is None:
                raise ConnectionError("no form with a CSRF token on the front page")
            self._token = found[1]
        return self._token

    def _form(self, fields: dict[str, str]) -> bytes:
        return urlencode({"csrf_token": self.token(), **fields}).encode()

    def _send(self, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        with nullcontext() if body is None else self._gate.passing():
            return self._call(path, body, headers)

    def _call(self, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        address = choice(self.addresses)  # noqa: S311  # no secret
        request = Request(address + path, body, headers)  # noqa: S310  # the shop's own address
        try:
            response = self._opener.open(request, timeout=PATIENCE)
        except HTTPError as refusal:
            response = refusal
        except HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        try:
            with response:
                return Answer(response.status, response.headers, response.read().decode())
        except HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
