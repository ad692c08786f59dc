"""The poll, answered before Flask begins.

Nine in ten requests are polls of a session that has not changed. Flask's way there (routes, hooks, cookie, SQLAlchemy's
session) takes ten times as long as the question to the database, so the everyday poll does not go it. Whatever is the
least bit unusual does, and so does a session whose time is over, which ends when it is read: `routes.status` answers
the same.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from threading import BoundedSemaphore
from typing import Any

from flask import Flask
from sqlalchemy.engine import Engine

from smartcart import clock, ids
from smartcart.database.session import db
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.page.fast.long_poll import WaitingRoom
from smartcart.payments.page.fast.read import Glance
from smartcart.payments.page.snapshot import Snapshot
from smartcart.payments.page.status_view import Page, view
from smartcart.web.security import page_headers
from smartcart.web.shopper import shopper_of

PATH = re.compile(rf"(/pay/({ids.PATTERN}))/status")
QUERY = re.compile(r"(?:seen=([0-9]{1,9})(&wait=1)?)?")
HOST = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*(:[0-9]{1,5})?")

# Views wait for the database at most; eight threads keep two cores busy, and more only wait for each other.
REQUEST_THREADS = 8
# To whoever has waited in vain: ask again at once. htmx tells it to the status, whose trigger it is.
ASK_AGAIN = ("HX-Trigger", "refresh")

Environ = dict[str, Any]
Answer = Iterable[bytes]


def init_app(app: Flask) -> None:
    """Put the poll in front of the app, and of all that is in front of it already."""
    with app.app_context():
        app.wsgi_app = Poll(app, db.engine)  # type: ignore[method-assign]  # how WSGI middleware is put in


class Poll:
    """WSGI middleware: answers GET /pay/<session>/status?seen=<version>, and hands on everything else."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self._app, self._next = app, app.wsgi_app
        self._parts: Runtime = app.extensions["smartcart"]
        self._settings = self._parts.settings
        self._glance = Glance(engine)
        self._room = WaitingRoom(engine, self._settings.waiting_shoppers)
        # With threads that only wait there are more than are to work at once.
        self._turns = BoundedSemaphore(REQUEST_THREADS) if self._settings.waiting_shoppers else nullcontext()
        self._urls = app.url_map.bind("")
        self._headers = {scheme: list(page_headers(app, scheme).items()) for scheme in ("http", "https")}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Answer:
        asked = PATH.fullmatch(environ.get("PATH_INFO", ""))
        query = QUERY.fullmatch(environ.get("QUERY_STRING", "")) if asked and _is_everyday(environ) else None
        seen, waits = (int(query[1] or -1), bool(query[2])) if query else (-1, False)
        session, waited = self._look(asked[2], seen, waits) if asked and query else (None, False)
        if session is None:
            with self._turns:
                return self._next(environ, start_response)
        content_type, *headers = self._headers[environ["wsgi.url_scheme"]]
        if session.version == seen:
            start_response("204 NO CONTENT", [content_type, *headers, *([ASK_AGAIN] if waited else [])])
            return []
        body = self._fragment(session, environ).encode()
        start_response("200 OK", [content_type, ("Content-Length", str(len(body))), *headers])
        return [body]

    def _look(self, session_id: str, seen: int, waits: bool) -> tuple[Snapshot | None, bool]:
        """The session, if Flask need not see to it, and whether news of it was waited for."""
        session = self._current(session_id, seen)
        if waits and session and session.version == seen and self._room.wait_for_news(session_id, seen):
            return self._current(session_id, seen), True
        return session, False

    def _current(self, session_id: str, seen: int) -> Snapshot | None:
        session = self._glance.at(session_id, seen)
        if session is None or session.needs_a_look(clock.now(), self._settings.reconcile_interval):
            return None
        return session

    def _fragment(self, session: Snapshot, environ: Environ) -> str:
        page = Page(
            address=f"/pay/{session.id}",
            shopper=lambda: shopper_of(self._app, environ),
            url_for=lambda endpoint, **values: self._urls.build(endpoint, values),
        )
        values = view(session, clock.now(), self._parts, page)
        values |= {"swapped": True, "shop_name": self._settings.shop_name}
        template = self._app.jinja_env.get_template("payments/_status.html")
        # Without the globals, of which it uses none: to copy them takes a third as long as all the rest.
        return "".join(template.root_render_func(template.new_context(values, shared=True)))


def _is_everyday(environ: Environ) -> bool:
    """As browsers ask: without a body, at an ordinary host, at the shop's own root."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and not environ.get("SCRIPT_NAME")
        and environ.get("CONTENT_LENGTH", "") in ("", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
    )
