"""Where this shop is reached."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import BadHost
from werkzeug.wsgi import get_host

from smartcart.rules.proxies import counted_as, is_private
from smartcart.web.sub_path import sub_path_of

# The longest name that the internet knows, and a port.
LONGEST_HOST = 253 + len(":65535")
# So many addresses are not made anew: those of a shop's products, and of the payments that are under way. An address
# is made of nothing but what stands in it.
AT_HAND = 1024


def base_url() -> str:
    """Where this shop is reached, without a slash at the end. Raises BadHost when neither setting nor request says."""
    return base_url_of(request.environ)


def base_url_of(environ: dict[str, Any]) -> str:
    """The same for a request that Flask has not made one of its own of."""
    if configured := str(current_app.config["BASE_URL"]):
        return configured
    host = get_host(environ)
    if not 1 <= len(host) <= LONGEST_HOST:  # Werkzeug makes an empty one of an invalid host
        raise BadHost
    return f"{environ['wsgi.url_scheme']}://{host}"


def counted_address() -> str:
    """What who asks is counted by: their address, or the network that one caller has of IPv6."""
    return counted_as(request.remote_addr or "")


def shoppers_address() -> str:
    """What a shopper is counted by, as `counted_address`; empty where that is no shopper's own.

    From a private network nobody comes over the internet: it is a proxy's that the settings do not trust, and so the
    same for all.
    """
    return "" if is_private(request.remote_addr or "") else counted_address()


def full_url(endpoint: str, **values: Any) -> str:
    """An address of this shop for whoever is elsewhere: with scheme and host. Raises BadHost as `base_url`."""
    own = url_for(endpoint, **values).removeprefix(request.script_root)
    return base_url() + own


def own_address(endpoint: str, **values: Any) -> str:
    """An address of this shop, as templates make it."""
    made: PageAddresses = current_app.extensions["page_addresses"]
    return made(endpoint, **values)


class PageAddresses:
    """Flask's url_for for pages: the same addresses, in half the time, and those of late at hand.

    Of the shop where the settings say that it lies; of any other place, Flask's own.
    """

    def __init__(self, app: Flask) -> None:
        self._sub_path = sub_path_of(app.config["BASE_URL"])
        bound = app.url_map.bind("", self._sub_path)
        self._of_late = lru_cache(AT_HAND, typed=True)(lambda endpoint, **values: bound.build(endpoint, values))

    def __call__(self, endpoint: str, **values: Any) -> str:
        return self.here()(endpoint, **values)

    def here(self) -> Callable[..., str]:
        """What makes the addresses of the page that is asked for: found out once for all of its links."""
        is_own = request.environ.get("SCRIPT_NAME", "") == self._sub_path
        return self._of_late if is_own else url_for
