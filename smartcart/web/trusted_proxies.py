"""What trusted proxies say of a request, believed before anything looks at it (SMARTCART_TRUSTED_PROXIES).

As werkzeug's ProxyFix, but by who says it and not by how many: a header from elsewhere counts for nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from flask import Flask

from smartcart.rules.proxies import Network, Origin, counted_as, origin, plain

Environ = dict[str, Any]

# What proxies add to a request that they hand on.
BELIEVED = "smartcart.proxy_believed"
HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
KEYS = [f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS]
# To read the address takes a third of a poll: that of so many who asked lately is remembered, where proxies have told
# no more than so many characters of them, which five addresses of IPv6 fit into. Anybody may send hundreds of KB.
KNOWN_CALLERS, LONGEST_REMEMBERED = 512, 256


def init_app(app: Flask, trusted: Sequence[Network]) -> None:
    """Put it in front of the app, and of all that is in front of it already."""
    if trusted:
        app.wsgi_app = TrustedProxies(app.wsgi_app, trusted)  # type: ignore[method-assign]  # how it is put in


class TrustedProxies:
    """WSGI middleware."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = _origin(environ, self._trusted)
        environ[BELIEVED] = found.address != plain(environ.get("REMOTE_ADDR", ""))
        environ["REMOTE_ADDR"] = found.address
        environ["wsgi.url_scheme"] = found.scheme or environ["wsgi.url_scheme"]
        if found.host:
            environ["HTTP_HOST"] = found.host
        return self._app(environ, start_response)


def is_unbelieved(environ: Environ) -> bool:
    """Whether somebody names another as the one who asks, and is not trusted."""
    return not environ.get(BELIEVED) and any(key in environ for key in KEYS)


def caller_of(trusted: Sequence[Network]) -> Callable[[Environ], str]:
    """Tells whom a request that has not come to the app yet is counted to."""
    read = partial(_caller, trusted=tuple(trusted))
    remembered = lru_cache(maxsize=KNOWN_CALLERS)(read)
    keys = KEYS if trusted else []  # from elsewhere they count for nothing

    def caller(environ: Environ) -> str:
        told = [environ.get(key, "") for key in keys]
        known = remembered if sum(map(len, told)) <= LONGEST_REMEMBERED else read
        return known(environ.get("REMOTE_ADDR", ""), *told)

    return caller


def _caller(peer: str, *headers: str, trusted: Sequence[Network]) -> str:
    return counted_as(origin(peer, dict(zip(HEADERS, headers, strict=False)), trusted).address)


def _origin(environ: Environ, trusted: Sequence[Network]) -> Origin:
    headers = {name: environ.get(key, "") for name, key in zip(HEADERS, KEYS, strict=True)}
    return origin(environ.get("REMOTE_ADDR", ""), headers, trusted)
