"""Where this shop is reached."""

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import BadHost

# The longest name that the internet knows, and a port.
LONGEST_HOST = 253 + len(":65535")
# So many addresses are not made anew: those of a shop's products, and of the payments that are under way. An address
# is made of nothing but what stands in it.
AT_HAND = 1024


def base_url() -> str:
    """Where this shop is reached, without a slash at the end. Raises BadHost when neither setting nor request says."""
    if configured := str(current_app.config["BASE_URL"]):
        return configured
    if not 1 <= len(request.host) <= LONGEST_HOST:  # Werkzeug makes an empty one of an invalid host
        raise BadHost
    return f"{request.scheme}://{request.host}"


class PageAddresses:
    """Flask's url_for for templates: the same addresses, in half the time, and those of late at hand.

    Of the shop at the root of its host, as nearly always; of any other, Flask's own.
    """

    def __init__(self, app: Flask) -> None:
        root = app.url_map.bind("")
        self._at_root = lru_cache(AT_HAND, typed=True)(lambda endpoint, **values: root.build(endpoint, values))

    def __call__(self, endpoint: str, **values: Any) -> str:
        if request.environ.get("SCRIPT_NAME"):
            return url_for(endpoint, **values)
        return self._at_root(endpoint, **values)
