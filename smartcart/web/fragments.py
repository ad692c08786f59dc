"""Parts of pages, as htmx asks for them."""

from htmx_flask import request as htmx_request


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page; a restored history entry gets the whole page."""
    return bool(htmx_request.htmx) and not htmx_request.htmx.history_restore_request
