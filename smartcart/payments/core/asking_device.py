"""What kind of device a payment is opened or tried at: a word in the trail, and no more of what a browser tells."""

from flask import has_request_context, request

from smartcart.rules.devices import kind_of


def asking_device() -> str:
    """The kind of device whose request is at work; empty where nobody's is, as when a job tries again."""
    return kind_of(request.headers.get("User-Agent", "")) if has_request_context() else ""
