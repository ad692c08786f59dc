"""What every answer says to the browser: load nothing foreign, show nobody a frame, keep nothing."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Flask, Response, current_app, request

from smartcart.web.cookies import FormProtection, is_over_https, vary_by

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

csrf = FormProtection()


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
        **headers(is_over_https(app, scheme)),
        "Cache-Control": NOT_KEPT,
        "Vary": f"{VARIES_BY}, Cookie",
    }


def unchanged_headers(app: Flask, scheme: str) -> dict[str, str]:
    """The headers of a poll without news, for what answers before Flask begins; `scheme` is the request's."""
    return {**_no_content_headers(is_over_https(app, scheme)), "Vary": "Cookie"}


def add_headers(response: Response) -> Response:
    if response.status_code == HTTPStatus.NO_CONTENT:
        response.headers.remove("Content-Type")
        response.headers.update(_no_content_headers(is_over_https(current_app, request.scheme)))
        return response
    there = {name.lower() for name, _ in response.headers}
    # Only what says so itself may be kept: pictures and static files.
    wanted = {**headers(is_over_https(current_app, request.scheme)), "Cache-Control": NOT_KEPT}
    response.headers.extend([(name, value) for name, value in wanted.items() if name.lower() not in there])
    if response.mimetype == "text/html":
        vary_by(response, VARIES_BY)
    return response


def headers(over_https: bool) -> dict[str, str]:
    return {**HEADERS, **OVER_HTTPS} if over_https else HEADERS


def _no_content_headers(over_https: bool) -> dict[str, str]:
    """Those of an answer that has nothing to show, frame or run: nine in ten are polls, on networks that are slow."""
    return {**(OVER_HTTPS if over_https else {}), "Cache-Control": NOT_KEPT}
