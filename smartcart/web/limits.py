"""How large a request may be, and how often one may come."""

import time
from collections.abc import Callable

from flask import Blueprint, Flask, current_app, request
from flask_limiter import Limiter
from werkzeug.exceptions import RequestEntityTooLarge

from smartcart.web.addresses import counted_address
from smartcart.web.shopper import acting_shopper

# Forms and JSON here are a few hundred bytes; the admin's product form alone allows a picture.
LARGEST_BODY = 64 * 1024
READING = ("GET", "HEAD", "OPTIONS")


class ActLimiter(Limiter):
    """Flask-Limiter, which would look up for each request which limits there are, and that none is for it.

    That took a seventh of a page, and a tenth of what a program does by its key. A view that has a limit of its own
    holds it itself, whatever it is asked by.
    """

    def init_app(self, app: Flask) -> None:
        """Without what it would do after each request: add headers, for which no setting asks, and clear up."""
        after, at_end = [*app.after_request_funcs[None]], [*app.teardown_request_funcs[None]]
        super().init_app(app)
        app.after_request_funcs[None], app.teardown_request_funcs[None] = after, at_end

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not (in_middleware and (request.method in READING or _is_spared())):
            super()._check_request_limit(callable_name, in_middleware)


# Counted by each process for itself, as a commit for each press would cost more than it keeps away: it is there to keep
# a process working, and several have several times the strength. Passwords are counted in the database
# (admin.login.guesses).
limiter = ActLimiter(key_func=lambda: f"{counted_address()} {acting_shopper()}")
# By the name of a room: who may do there as much as they like.
_SPARED: dict[str | None, Callable[[], bool]] = {}


def rate_limit() -> str:
    """How often one shopper at one address may ask for something to be done."""
    return str(current_app.config["RATE_LIMIT"])


def limit_acts(room: Blueprint, unless: Callable[[], bool] | None = None) -> None:
    """Hold the rate limit in a room, counted together with the other rooms. Reading is free."""
    limiter.shared_limit(rate_limit, scope="acts", exempt_when=lambda: request.method in READING)(room)
    if unless:
        _SPARED[room.name] = unless


def _is_spared() -> bool:
    """Whether whoever sends this request may do as much as they like where it leads."""
    return request.blueprint in _SPARED and _SPARED[request.blueprint]()


def refuse_large_body() -> None:
    """Refuse what is too large, before a view reads (or does not read) the body."""
    length = request.content_length
    if length is None and request.method in READING:
        return
    limit = request.max_content_length
    if limit is None:
        return
    # What comes in chunks, Werkzeug silently cuts at the limit.
    is_too_large = len(request.get_data()) >= limit if length is None else length > limit
    if is_too_large:
        raise RequestEntityTooLarge


def seconds_to_wait() -> int:
    """How long the limit that was hit still holds, in whole seconds."""
    limit = limiter.current_limit
    return max(1, round(limit.reset_at - time.time())) if limit else 60
