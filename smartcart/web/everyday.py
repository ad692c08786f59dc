"""Which requests are the usual kind, so that they may be answered before Flask begins."""

import re
from typing import Any

from smartcart.web.request_bodies import REFUSED

HOST = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*(:[0-9]{1,5})?")


def is_everyday(environ: dict[str, Any]) -> bool:
    """As browsers and programs ask: without a body, at an ordinary host."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("CONTENT_LENGTH", "") in ("", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and REFUSED not in environ
        and is_at_usual_host(environ)
    )


def is_at_usual_host(environ: dict[str, Any]) -> bool:
    """Whether the host is named as hosts are."""
    return HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
