"""What all pages share, given to the app."""

from functools import partial
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from smartcart.config import Settings
from smartcart.moments import format_moment, isoformat
from smartcart.money.format import format_money
from smartcart.web import compression, security
from smartcart.web.act_counts import ActCounts
from smartcart.web.addresses import PageAddresses
from smartcart.web.application import look_up_at_once
from smartcart.web.cookies import Cookies
from smartcart.web.fragments import is_fragment
from smartcart.web.limits import LARGEST_BODY, limiter, refuse_large_body
from smartcart.web.problems import Problem, answer_crash, answer_error, lead_to_page, refuse_what_never_came
from smartcart.web.sub_path import sub_path_of


def configuration(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions are told."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": [settings.secret_key_before] if settings.secret_key_before else None,
        "BASE_URL": settings.base_url,
        "APPLICATION_ROOT": sub_path_of(settings.base_url) or "/",
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "smartcart",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # an answer on its way while somebody signs in would take that back
        "WTF_CSRF_TIME_LIMIT": None,  # a payment page stays open for as long as its session lives
        "WTF_CSRF_SSL_STRICT": False,  # the Referer check; the token and SameSite hold without it
        "RATE_LIMIT": settings.rate_limit,
        "RATELIMIT_ENABLED": settings.rate_limit != "off",
        "RATELIMIT_STORAGE_URI": f"{ActCounts.STORAGE_SCHEME[0]}://",
    }


def init_app(app: Flask) -> None:
    """Give the app what all pages share."""
    look_up_at_once()
    app.session_interface = Cookies()
    app.before_request(refuse_what_never_came)
    app.before_request(refuse_large_body)  # first of all: looking for the CSRF token reads the body
    security.csrf.init_app(app)
    limiter.init_app(app)
    moment = partial(format_moment, zone=app.config["SETTINGS"].time_zone)
    app.jinja_env.filters.update(money=format_money, isoformat=isoformat, moment=moment)
    addresses = app.extensions["page_addresses"] = PageAddresses(app)
    app.jinja_env.globals.update(is_fragment=is_fragment, url_for=addresses)
    security.init_app(app)
    compression.init_app(app)
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(MethodNotAllowed, lead_to_page)
    app.register_error_handler(Exception, answer_crash)
