"""Where this shop is reached."""

from flask import current_app, request
from werkzeug.exceptions import BadHost

# The longest name that the internet knows, and a port.
LONGEST_HOST = 253 + len(":65535")


def base_url() -> str:
    """Where this shop is reached, without a slash at the end. Raises BadHost when neither setting nor request says."""
    if configured := str(current_app.config["BASE_URL"]):
        return configured
    if not 1 <= len(request.host) <= LONGEST_HOST:  # Werkzeug makes an empty one of an invalid host
        raise BadHost
    return f"{request.scheme}://{request.host}"
