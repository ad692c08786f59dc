"""Pages whose inside renews itself."""

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from markupsafe import Markup

from smartcart.payments.core.runtime import runtime
from smartcart.web.fragments import is_fragment

# Without JavaScript the whole page is loaded again, so less often than the inside alone.
SLOWEST_RELOAD = 5


def live_page(page: str, inside: str, announcement: str, shown: dict[str, Any], is_live: bool = True) -> Response:
    """The template `page` around the template `inside`; to htmx the inside alone, or 204 while it is shown already.

    What is compared is what is shown, so nothing that can be seen is missed. `inside` holds no forms: their tokens
    differ each time. `announcement` is told to a screen reader when it changes.
    """
    html = render_template(inside, **shown)
    seen, told = _mark(html), _mark(announcement)
    if is_fragment() and request.args.get("seen") == seen:
        return Response(status=204)
    interval = runtime().settings.poll_interval if is_live else 0
    return make_response(
        render_template(
            "admin/_live.html" if is_fragment() else page,
            inside=Markup(html),  # noqa: S704  # rendered, and so escaped, a few lines above
            renewal=f"{request.script_root}{request.path}?{urlencode({**request.args, 'seen': seen, 'told': told})}",
            announcement=announcement if request.args.get("told") != told else "",
            swapped=is_fragment(),
            poll_interval=interval,
            reload_after=max(SLOWEST_RELOAD, round(interval)),
            **shown,
        )
    )


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
