"""What is said when something is wrong: a page for people, a problem (RFC 9457) for programs."""

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from smartcart.web.limits import seconds_to_wait
from smartcart.web.request_bodies import REFUSED, Refused

API_PREFIX = "/api/"

# What a person reads: a heading, and what it means for them.
EXPLANATIONS = {
    400: ("That did not work", "The request could not be understood."),
    403: ("Not for you", "You may not see this page."),
    404: (
        "Nothing here",
        "There is nothing at this address. If you opened a link, copy all of it: some programs cut long addresses off.",
    ),
    405: ("That is not possible here", "This address does not take that kind of request."),
    408: ("Too slow", "What was sent came too slowly."),
    413: ("Too large", "What was sent is too large."),
    429: ("Too fast", "Too many requests. Please wait a moment and try again."),
    431: ("Too large", "What was sent along with the request is too large."),
    500: (
        "Something broke on our side",
        (
            "It is written down and will be looked at. If you were paying, don't pay again yet:"
            " your payment page shows where your money is as soon as we are back."
        ),
    ),
}

# Of a body that never came whole: the problem's code, and what is said.
UNREAD = {
    Refused.CUT_SHORT: ("incomplete", "What was sent broke off on its way, so nothing was done. Please send it again."),
    Refused.TOO_SLOW: ("too_slow", "What was sent came too slowly, so nothing was done. Please send it again."),
    Refused.TOO_MANY: (
        "too_many",
        "Too much is being sent from your address at once, so nothing was done. Please wait.",
    ),
    Refused.HEADERS_TOO_LARGE: (
        "headers_too_large",
        "Nothing was done: the request's headers may have 32 KB at most. In a browser, delete this address's cookies.",
    ),
}


class Problem(Exception):
    """An API answer as RFC 9457 describes it. `fields` go into the answer as they are."""

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None, **fields: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": f"urn:smartcart:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            **fields,
        }
        self.headers = headers or {}

    def response(self) -> Response:
        body = json.dumps(self.body)
        return Response(body, self.status, self.headers, mimetype="application/problem+json")


class _Unread(HTTPException):
    """A body that did not come, or headers that nobody reads; see `request_bodies`."""

    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.code = refused.value
        self.problem, self.detail = UNREAD[refused]


def refuse_what_never_came() -> None:
    if refused := request.environ.get(REFUSED):
        raise _Unread(refused)


def answer_error(error: HTTPException) -> Response:
    status = error.code or 500
    title, detail = EXPLANATIONS.get(status, (error.name, error.name))
    code = error.name.lower().replace(" ", "_")
    if isinstance(error, CSRFError):
        detail, code = "The page was open for too long, or cookies are off. Reload the page and try again.", "csrf"
    if isinstance(error, _Unread):
        code, detail = error.problem, error.detail
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if status == 429:
        kept.setdefault("Retry-After", str(seconds_to_wait()))
    if request.path.startswith(API_PREFIX):
        return Problem(status, code, detail, kept).response()
    if isinstance(error, BadHost):  # no page: its links would need a host
        return Response(detail, status, mimetype="text/plain")
    page = render_template("error.html", status=status, title=title, detail=detail)
    return Response(page, status, kept, mimetype="text/html")


def lead_to_page(error: MethodNotAllowed) -> AnyResponse:
    """From the address of a form, where no page lives, to the nearest page above it.

    A browser keeps that address when the form is answered with an error: who reloads or comes back gets there.
    """
    above = request.path
    while request.method == "GET" and not above.startswith(API_PREFIX) and (above := above.rpartition("/")[0]):
        with suppress(HTTPException):
            current_app.url_map.bind("").match(above, "GET")
            return redirect(request.script_root + above, 303)
    return answer_error(error)


def answer_crash(error: Exception) -> Response:
    """Anything unforeseen: into the log with its trace, out with one sentence and no internals."""
    current_app.logger.error("unforeseen error", exc_info=error)
    return answer_error(InternalServerError())
