"""Pages in fewer bytes, where their length tells nobody a secret (docs/decisions/0026-what-is-compressed.md).

What is compressed gets shorter where words repeat, so who sees lengths and chooses some of the words can guess others,
letter by letter (BREACH, https://www.breachattack.com). So a page is compressed where it holds no secret, as it was
asked for by nobody known, or where it holds no words of a stranger.
"""

import gzip

from flask import Flask, Response, g, request

from smartcart.web.cookies import vary_by

# Whole pages alone: a fragment goes into one packet or two either way.
BEGINS = b"<!DOCTYPE html>"
# Of 9, and what zlib takes by itself: 0.12 ms for the payment page. 9 takes twice as long, for half a hundredth less.
LEVEL = 6
ALLOWED = "may_be_compressed"


def init_app(app: Flask) -> None:
    app.after_request(_compress)


def allow() -> None:
    """Say of the page that is being made that no words in it are a stranger's: all are the shop's, or its reader's."""
    setattr(g, ALLOWED, True)


def is_first_visit() -> bool:
    """Whether the browser has nothing of the shop's yet: no cookie, and most likely no stylesheet."""
    return not request.cookies


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or not response.data.startswith(BEGINS):
        return response
    vary_by(response, "Accept-Encoding")
    if (g.get(ALLOWED) or is_first_visit()) and request.accept_encodings["gzip"] > 0:
        response.data = gzip.compress(response.data, LEVEL, mtime=0)
        response.content_encoding = "gzip"
    return response
