"""How large a request may be, and how often one may come."""

import time
from collections.abc import Callable
from functools import cache

from flask import Blueprint, Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from smartcart.web.addresses import counted_address
from smartcart.web.shopper import acting_shopper

# Forms and JSON here are a few hundred bytes; the admin's product form alone allows a picture.
LARGEST_BODY = 64 * 1024
READING = ("GET", "HEAD", "OPTIONS")
OFF = "off"


class ActLimiter(Limiter):
    """Flask-Limiter, which would look up for each request which limits there are, and whether one is for it.

    That took a seventh of a page, and a tenth of a press and of what a program does by its key. What is done in a room
    has one limit, which is held here; a view that has a limit of its own holds it itself, whatever it is asked by.
    """

    def init_app(self, app: Flask) -> None:
        """Without what it would do after each request: add headers, for which no setting asks, and clear up."""
        after, at_end = [*app.after_request_funcs[None]], [*app.teardown_request_funcs[None]]
        super().init_app(app)
        app.after_request_funcs[None], app.teardown_request_funcs[None] = after, at_end

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)
        elif request.method not in READING and _is_counted():
            self._count_act(_who_asks(), "acts")

    def _count_act(self, *counted: str) -> None:
        """Raises TooManyRequests once there were too many of one name."""
        for limit in _limits(rate_limit()):
            if not self.limiter.hit(limit, *counted):
                until = self.limiter.get_window_stats(limit, *counted).reset_time
                raise TooManyRequests(retry_after=seconds_until(until))


def _who_asks() -> str:
    return f"{counted_address()} {acting_shopper()}"


# Counted by each process for itself, as a commit for each press would cost more than it keeps away: it is there to keep
# a process working, and several have several times the strength. Passwords are counted in the database
# (admin.login.guesses).
limiter = ActLimiter(key_func=_who_asks)
# By the name of a room in which the limit is held: who may do there as much as they like.
_ROOMS: dict[str | None, Callable[[], bool]] = {}


def rate_limit() -> str:
    """How often one shopper at one address may ask for something to be done."""
    return str(current_app.config["RATE_LIMIT"])


def limit_acts(room: Blueprint, unless: Callable[[], bool] = lambda: False) -> None:
    """Hold the rate limit in a room, counted together with the other rooms. Reading is free."""
    _ROOMS[room.name] = unless


def _is_counted() -> bool:
    """Whether this request is for a room with the limit, by somebody who may not do there as much as they like."""
    return rate_limit() != OFF and request.blueprint in _ROOMS and not _ROOMS[request.blueprint]()


@cache
def _limits(setting: str) -> list[RateLimitItem]:
    """Shortest first, as Flask-Limiter has them."""
    return sorted(parse_many(setting))


def refuse_large_body() -> None:
    """Refuse what is too large, before a view reads (or does not read) the body."""
    is_read = request.method in READING
    if is_read and not request.environ.get("CONTENT_LENGTH"):
        return  # as nearly always, and soon found out
    length = request.content_length
    if length is None and is_read:
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
    return seconds_until(limit.reset_at) if limit else 60


def seconds_until(moment: float) -> int:
    """From now to a moment of the system's clock, in whole seconds; one at least."""
    return max(1, round(moment - time.time()))
