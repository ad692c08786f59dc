"""What every answer says to the browser: load nothing foreign, show nobody a frame, keep nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response

from smartcart.web.cookies import FormProtection, is_over_https, vary_by
from smartcart.web.sub_path import Environ

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
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}

# The truth about the money is never an old page.
NOT_KEPT = "no-store"
VARIES_BY = "HX-Request"
NO_CONTENT = str(HTTPStatus.NO_CONTENT.value)

Headers = list[tuple[str, str]]

csrf = FormProtection()


def init_app(app: Flask) -> None:
    """To be called before anything else is put in front of the app: that has headers of its own."""
    app.after_request(add_vary)
    app.wsgi_app = Secured(app)  # type: ignore[method-assign]  # how it is put in


def open_page_to(response: Response, hosts: Mapping[str, Sequence[str]]) -> None:
    """Let this one page load from other hosts too, given by the directive of its Content-Security-Policy.

    What they open in a window of its own, such as a wallet's, may answer it.
    """
    opened = {directive: " ".join([POLICY.get(directive, ""), *more]).strip() for directive, more in hosts.items()}
    policy = {**POLICY, **opened}
    response.headers["Content-Security-Policy"] = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"


def allow_style(response: Response, source: str) -> None:
    """Let this one page have a stylesheet in itself, which `source` names by its hash; any other stays forbidden."""
    policy = response.headers.get("Content-Security-Policy", HEADERS["Content-Security-Policy"])
    response.headers["Content-Security-Policy"] = policy.replace("style-src 'self'", f"style-src 'self' {source}")


def page_headers(app: Flask, scheme: str) -> dict[str, str]:
    """The headers of every page, for what answers before Flask begins; `scheme` is the request's."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Vary": f"{VARIES_BY}, Cookie",
        **headers(is_over_https(app, scheme)),
        "Cache-Control": NOT_KEPT,
    }


def unchanged_headers(app: Flask, scheme: str) -> dict[str, str]:
    """The headers of a poll without news, for what answers before Flask begins; `scheme` is the request's."""
    return {"Vary": "Cookie", **_no_content_headers(is_over_https(app, scheme))}


def add_vary(response: Response) -> Response:
    """A page says that it depends on whether htmx asks for a part of it."""
    if response.mimetype == "text/html" and response.status_code != HTTPStatus.NO_CONTENT:
        vary_by(response, VARIES_BY)
    return response


class Secured:
    """WSGI middleware: whatever Flask answers gets the headers that it has not got.

    Here they are a plain list. Werkzeug checks each as it is added, and again as all are copied: that took a twentieth
    of a page.
    """

    def __init__(self, app: Flask) -> None:
        self._flask, self._app = app, app.wsgi_app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, given: Headers, *error: Any) -> Any:
            return start_response(status, completed(status, given, over_https), *error)

        over_https = is_over_https(self._flask, environ["wsgi.url_scheme"])
        return self._app(environ, start)


def completed(status: str, given: Headers, over_https: bool) -> Headers:
    """The headers of an answer of this status, with those that it has not got."""
    if status.startswith(NO_CONTENT):
        wanted = _no_content_headers(over_https)
        replaced = {"content-type", *(name.lower() for name in wanted)}
        return [*(header for header in given if header[0].lower() not in replaced), *wanted.items()]
    there = {name.lower() for name, _ in given}
    # Only what says so itself may be kept: pictures and static files.
    wanted = {**headers(over_https), "Cache-Control": NOT_KEPT}
    return [*given, *(header for header in wanted.items() if header[0].lower() not in there)]


def headers(over_https: bool) -> dict[str, str]:
    return {**HEADERS, **OVER_HTTPS} if over_https else HEADERS


def _no_content_headers(over_https: bool) -> dict[str, str]:
    """Those of an answer that has nothing to show, frame or run: nine in ten are polls, on networks that are slow."""
    return {**(OVER_HTTPS if over_https else {}), "Cache-Control": NOT_KEPT}
