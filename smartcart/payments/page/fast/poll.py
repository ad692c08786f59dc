"""The poll, answered before Flask begins.

Nine in ten requests are polls of a session that has not changed. Flask's way there (routes, hooks, cookie, SQLAlchemy's
session) takes ten times as long as the question to the database, so the everyday poll does not go it. Whatever is the
least bit unusual does, and so does a session whose time is over, which ends when it is read: `routes.status` answers
the same.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from sqlalchemy.engine import Engine

from smartcart import clock, ids
from smartcart.database.session import db
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.page import seen as seen_by_people
from smartcart.payments.page.fast.long_poll import WaitingRoom
from smartcart.payments.page.fast.read import Glance
from smartcart.payments.page.snapshot import Snapshot
from smartcart.payments.page.status_view import Page, view
from smartcart.rules.payment_states import State
from smartcart.web.everyday import is_everyday
from smartcart.web.later import LATER, was_put_off, way_back
from smartcart.web.security import page_headers, unchanged_headers
from smartcart.web.shopper import shopper_of
from smartcart.web.sub_path import sub_path_of

PATH = re.compile(rf"(/pay/({ids.PATTERN}))/status")
QUERY = re.compile(r"(?:seen=([0-9]{1,9})(&wait=1)?)?")

# So many wait for a payment under way, beside those whom the setting lets wait for anything. A thousand payments at
# once are more than one process carries out; who finds no place asks every now and then. A place costs some kilobytes.
MOST_PAYING = 1000
# To whoever has waited in vain: ask again at once. htmx tells it to the status, whose trigger it is.
ASK_AGAIN = ("HX-Trigger", "refresh")

Environ = dict[str, Any]
Answer = Iterable[bytes]


def init_app(app: Flask) -> None:
    """Put the poll in front of the app, and of all that is in front of it already."""
    with app.app_context():
        app.wsgi_app = Poll(app, db.engine)  # type: ignore[method-assign]  # how WSGI middleware is put in


class Poll:
    """WSGI middleware: answers GET and HEAD /pay/<session>/status?seen=<version>, and hands on everything else."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self._app, self._next = app, app.wsgi_app
        self._parts: Runtime = app.extensions["smartcart"]
        self._settings = self._parts.settings
        self._engine, self._glance = engine, Glance(engine)
        self._room = WaitingRoom(engine)
        self._parts.told_of_news.append(self._room.news_of)
        self._parts.told_of_end.append(self._room.close)
        self._sub_path = sub_path_of(app.config["BASE_URL"])
        self._urls = app.url_map.bind("", self._sub_path)
        schemes = ("http", "https")
        self._headers = {scheme: list(page_headers(app, scheme).items()) for scheme in schemes}
        self._unchanged = {scheme: list(unchanged_headers(app, scheme).items()) for scheme in schemes}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Answer:
        asked = PATH.fullmatch(environ.get("PATH_INFO", ""))
        is_usual = asked and is_everyday(environ) and environ.get("SCRIPT_NAME", "") == self._sub_path
        query = QUERY.fullmatch(environ.get("QUERY_STRING", "")) if is_usual else None
        if asked is None or query is None:
            return self._next(environ, start_response)
        seen = int(query[1] or -1)
        session = self._current(asked[2], seen)
        if session is None:  # Flask is to see to it
            return self._next(environ, start_response)
        is_get, scheme = environ["REQUEST_METHOD"] == "GET", environ["wsgi.url_scheme"]
        if session.version == seen:
            if is_get and query[2] and self._is_put_off(session, environ):
                return LATER
            start_response("204 NO CONTENT", self._unchanged[scheme] + [ASK_AGAIN] * was_put_off(environ))
            return []
        content_type, *headers = self._headers[scheme]
        body = self._fragment(session, environ).encode() if is_get else b""
        if is_get:
            seen_by_people.note(session, self._parts.pool, self._engine)
        start_response("200 OK", [content_type, *([("Content-Length", str(len(body)))] if is_get else []), *headers])
        return [body]

    def _is_put_off(self, session: Snapshot, environ: Environ) -> bool:
        """Whether the answer waits for news. While a payment is under way, which is short, it does wherever it can."""
        places = self._settings.waiting_shoppers + MOST_PAYING * (session.state is State.PROCESSING)
        come_back = way_back(environ)
        if come_back is None or not self._room.wait(session.id, session.version, come_back, places):
            return False
        now = self._glance.at(session.id, session.version)
        if now is None or now.version != session.version:  # nobody was told who had not sat down yet
            self._room.news_of(session.id)
        return True

    def _current(self, session_id: str, seen: int) -> Snapshot | None:
        session = self._glance.at(session_id, seen)
        if session is None or session.needs_a_look(clock.now(), self._settings.reconcile_interval):
            return None
        return session

    def _fragment(self, session: Snapshot, environ: Environ) -> str:
        page = Page(
            address=f"{self._sub_path}/pay/{session.id}",
            shopper=lambda: shopper_of(self._app, environ),
            url_for=lambda endpoint, **values: self._urls.build(endpoint, values),
        )
        values = view(session, clock.now(), self._parts, page)
        values |= {"swapped": True, "shop_identity": self._app.extensions["shop_identity"]}
        template = self._app.jinja_env.get_template("payments/_status.html")
        # Without the globals, of which it uses none: to copy them takes a third as long as all the rest.
        return "".join(template.root_render_func(template.new_context(values, shared=True)))
