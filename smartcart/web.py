"""What all pages share: fragments, problem answers, error pages, security headers, limits."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFError
from htmx_flask import Htmx
from htmx_flask import request as htmx_request
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from smartcart.arrivals import REFUSED, Refused
from smartcart.config import Settings
from smartcart.cookies import Cookies, FormProtection, is_over_https
from smartcart.database.engine import engine_options
from smartcart.moments import format_moment
from smartcart.money.format import format_money
from smartcart.rules.proxies import counted_as
from smartcart.shopper import acting_shopper

# Forms and JSON here are a few hundred bytes; the admin's product form alone allows a picture.
LARGEST_BODY = 64 * 1024
API_PREFIX = "/api/"
READING = ("GET", "HEAD", "OPTIONS")
# The longest name that the internet knows, and a port.
LONGEST_HOST = 253 + len(":65535")

# What a page may load, and from where: from the shop itself.
POLICY = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src", "font-src", "form-action"), "'self'"),
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{directive} {source}" for directive, source in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # the address of a payment page opens it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# The truth about the money is never an old page.
NOT_KEPT = "no-store"
VARIES_BY = "HX-Request"

# What a person reads: a heading, and what it means for them.
EXPLANATIONS = {
    400: ("That did not work", "The request could not be understood."),
    403: ("Not for you", "You may not see this page."),
    404: ("Nothing here", "There is nothing at this address."),
    405: ("That is not possible here", "This address does not take that kind of request."),
    408: ("Too slow", "What was sent came too slowly."),
    413: ("Too large", "What was sent is too large."),
    429: ("Too fast", "Too many requests. Please wait a moment and try again."),
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
}

csrf = FormProtection()
# Counted by each process for itself, as a commit for each press would cost more than it keeps away: it is there to keep
# a process working, and several have several times the strength. Passwords are counted in the database (admin.guesses).
limiter = Limiter(key_func=lambda: f"{counted_as(request.remote_addr or '')} {acting_shopper()}")


def rate_limit() -> str:
    """How often one shopper at one address may ask for something to be done."""
    return str(current_app.config["RATE_LIMIT"])


def limit_acts(room: Blueprint, unless: Callable[[], bool] = lambda: False) -> None:
    """Hold the rate limit in a room, counted together with the other rooms. Reading is free."""
    limiter.shared_limit(rate_limit, scope="acts", exempt_when=lambda: request.method in READING or unless())(room)


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


def configuration(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions are told."""
    return {
        "SECRET_KEY": settings.secret_key,
        "BASE_URL": settings.base_url,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "smartcart",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # an answer on its way while somebody signs in would take that back
        "WTF_CSRF_TIME_LIMIT": None,  # a payment page stays open for as long as its session lives
        "WTF_CSRF_SSL_STRICT": False,  # the Referer check; the token and SameSite hold without it
        "RATE_LIMIT": settings.rate_limit,
        "RATELIMIT_ENABLED": settings.rate_limit != "off",
        "RATELIMIT_STORAGE_URI": "memory://",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url, settings.gateway_threads + 32),
    }


def init_app(app: Flask) -> None:
    """Give the app what all pages share."""
    app.session_interface = Cookies()
    app.before_request(_refuse_what_never_came)
    app.before_request(_refuse_large_body)  # first of all: looking for the CSRF token reads the body
    csrf.init_app(app)
    limiter.init_app(app)
    Htmx(app)
    moment = partial(format_moment, zone=app.config["SETTINGS"].time_zone)
    app.jinja_env.filters.update(money=format_money, isoformat=isoformat, moment=moment)
    app.jinja_env.globals.update(is_fragment=is_fragment, shop_name=app.config["SETTINGS"].shop_name)
    app.after_request(_add_headers)
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(HTTPException, _answer_error)
    app.register_error_handler(MethodNotAllowed, _lead_to_page)
    app.register_error_handler(Exception, answer_crash)


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page; a restored history entry gets the whole page."""
    return bool(htmx_request.htmx) and not htmx_request.htmx.history_restore_request


def open_page_to(response: Response, hosts: Mapping[str, Sequence[str]]) -> None:
    """Let this one page load from other hosts too, given by the directive of its Content-Security-Policy.

    What they open in a window of its own, such as a wallet's, may answer it.
    """
    opened = {directive: " ".join([POLICY.get(directive, ""), *more]).strip() for directive, more in hosts.items()}
    policy = {**POLICY, **opened}
    response.headers["Content-Security-Policy"] = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"


def page_headers(app: Flask, scheme: str) -> dict[str, str]:
    """The headers of every page, for what answers before Flask begins; `scheme` is the request's."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        **_headers(is_over_https(app, scheme)),
        "Cache-Control": NOT_KEPT,
        "Vary": f"{VARIES_BY}, Cookie",
    }


def isoformat(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, whole seconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def base_url() -> str:
    """Where this shop is reached, without a slash at the end. Raises BadHost when neither setting nor request says."""
    if configured := str(current_app.config["BASE_URL"]):
        return configured
    if not 1 <= len(request.host) <= LONGEST_HOST:  # Werkzeug makes an empty one of what is none
        raise BadHost
    return f"{request.scheme}://{request.host}"


class _Unread(HTTPException):
    """A body that did not come; see `arrivals`."""

    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.code = refused.value
        self.problem, self.detail = UNREAD[refused]


def _refuse_what_never_came() -> None:
    if refused := request.environ.get(REFUSED):
        raise _Unread(refused)


def _refuse_large_body() -> None:
    """Refuse what is too large, before a view reads (or does not read) the body."""
    limit = request.max_content_length
    if limit is None:
        return
    if request.content_length is not None:
        is_too_large = request.content_length > limit
    else:  # it comes in chunks, and Werkzeug silently cuts it at the limit
        is_too_large = request.method not in READING and len(request.get_data()) >= limit
    if is_too_large:
        raise RequestEntityTooLarge


def _add_headers(response: Response) -> Response:
    is_page = response.mimetype == "text/html"
    for name, value in _headers(is_over_https(current_app, request.scheme)).items():
        response.headers.setdefault(name, value)
    if is_page or request.path.startswith(API_PREFIX):
        response.headers.setdefault("Cache-Control", NOT_KEPT)
    if is_page:
        response.vary.add(VARIES_BY)
    return response


def _headers(over_https: bool) -> dict[str, str]:
    return {**HEADERS, "Strict-Transport-Security": "max-age=31536000"} if over_https else HEADERS


def _answer_error(error: HTTPException) -> Response:
    status = error.code or 500
    title, detail = EXPLANATIONS.get(status, (error.name, error.name))
    code = error.name.lower().replace(" ", "_")
    if isinstance(error, CSRFError):
        detail, code = "The page was open for too long, or cookies are off. Reload the page and try again.", "csrf"
    if isinstance(error, _Unread):
        code, detail = error.problem, error.detail
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if status == 429:
        kept.setdefault("Retry-After", str(_seconds_to_wait()))
    if request.path.startswith(API_PREFIX):
        return Problem(status, code, detail, kept).response()
    if isinstance(error, BadHost):  # no page: its links would need a host
        return Response(detail, status, mimetype="text/plain")
    page = render_template("error.html", status=status, title=title, detail=detail)
    return Response(page, status, kept, mimetype="text/html")


def _lead_to_page(error: MethodNotAllowed) -> AnyResponse:
    """From the address of a form, where no page lives, to the nearest page above it.

    A browser keeps that address when the form is answered with an error: who reloads or comes back gets there.
    """
    above = request.path
    while request.method == "GET" and not above.startswith(API_PREFIX) and (above := above.rpartition("/")[0]):
        with suppress(HTTPException):
            current_app.url_map.bind("").match(above, "GET")
            return redirect(above, 303)
    return _answer_error(error)


def _seconds_to_wait() -> int:
    """How long the limit that was hit still holds, in whole seconds."""
    limit = limiter.current_limit
    return max(1, round(limit.reset_at - time.time())) if limit else 60


def answer_crash(error: Exception) -> Response:
    """Anything unforeseen: into the log with its trace, out with one sentence and no internals."""
    current_app.logger.error("unforeseen error", exc_info=error)
    return _answer_error(InternalServerError())
