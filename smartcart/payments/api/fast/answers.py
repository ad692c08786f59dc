"""How a program is answered before Flask begins: as Flask's own answers are."""

from typing import NamedTuple

from flask import Flask

from smartcart.web.cookies import is_over_https
from smartcart.web.security import headers

Headers = list[tuple[str, str]]

# As Flask has it, which has looked for a cookie.
VARY = ("Vary", "Cookie")


class Answer(NamedTuple):
    """What is answered; `headers` are those that only this answer has."""

    status: str
    headers: Headers
    body: bytes


def secure_headers(app: Flask) -> dict[str, Headers]:
    """What every answer says to a browser, and what it depends on, by the request's scheme."""
    return {scheme: [VARY, *headers(is_over_https(app, scheme)).items()] for scheme in ("http", "https")}


def in_full(body: bytes, more: Headers, status: str = "200 OK") -> Answer:
    """JSON, with these headers beside those of its own."""
    return Answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *more], body)
