"""Parts of pages, as htmx asks for them."""

from flask import request
from htmx_flask.requests import HtmxHeaders


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page; a restored history entry gets the whole page."""
    asked = HtmxHeaders(request.headers)
    return bool(asked) and not asked.history_restore_request
