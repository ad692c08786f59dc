"""A session, and those that are open, for a program with a key: answered before Flask begins.

A program that waits for a payment asks about it as often as a page polls, and Flask's way there takes ten times as long
as the question to the database. One question finds the key and the session, so a key that was taken back opens nothing
from that moment, in every process. Whatever is the least bit unusual goes on to Flask, and so does all that is refused:
`routes` answers the same.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from json import dumps, loads
from typing import Any

from flask import Flask
from sqlalchemy import JSON
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import http_date

from smartcart import clock, ids
from smartcart.database.looks import looks_of
from smartcart.database.session import db
from smartcart.database.types import UTCDateTime
from smartcart.payments.api.auth import Caller
from smartcart.payments.api.fast.answers import Answer, in_full, secure_headers
from smartcart.payments.api.fast.questions import KEY, OPEN_SESSIONS, SESSION_AND_KEY
from smartcart.payments.api.keys import hash_of
from smartcart.payments.api.serializers import as_text
from smartcart.payments.api.shown import COLUMNS, ShownSession
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.core.session_json import of_session
from smartcart.web.everyday import is_everyday
from smartcart.web.security import NOT_KEPT

BEGINS = "/api/payments/session"
SESSION = re.compile(rf"/api/payments/session/({ids.PATTERN})")
ACTIVE = "/api/payments/sessions/active"
LIMIT = re.compile(r"limit=([1-9][0-9]?|100)")
BEARER = re.compile(r"Bearer ([!-~]{1,200})")
ETAG = re.compile(r'"[0-9a-f]{40}"|')
# Who comes with a cookie, wants a part, or asks on another condition than an ETag.
UNUSUAL = ("COOKIE", "RANGE", "IF_RANGE", "IF_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE")
# So many sessions are remembered as they were written last, three kilobytes each: ten pages of the list.
REMEMBERED = 1_000
# Moments before and after the end of any session.
BEFORE, AFTER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Environ = dict[str, Any]


def init_app(app: Flask) -> None:
    """Put it in front of the app, and of all that is in front of it already."""
    with app.app_context():
        app.wsgi_app = Reading(app)  # type: ignore[method-assign]  # how WSGI middleware is put in


class Reading:
    """WSGI middleware: answers GET session/<id> and sessions/active by key, and hands on everything else."""

    def __init__(self, app: Flask) -> None:
        self._next = app.wsgi_app
        self._parts: Runtime = app.extensions["smartcart"]
        self._looks = looks_of(db.engine)
        self._secure = secure_headers(app)
        # Of the very same row alone: whatever has changed of a session, or of its time, is another row.
        self._remembered = lru_cache(REMEMBERED)(self._written)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = None
        if environ["PATH_INFO"].startswith(BEGINS):
            with suppress(SQLAlchemyError):  # Flask meets the same, and says so
                answer = self._answer(environ)
        if answer is None:
            return self._next(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, environ: Environ) -> Answer | None:
        key = BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if key is None or not _is_usual(environ):
            return None
        path, query, given = environ["PATH_INFO"], environ.get("QUERY_STRING", ""), hash_of(key[1])
        if session := SESSION.fullmatch(path):
            return None if query else self._session(environ, given, session[1])
        limit = LIMIT.fullmatch(query) if path == ACTIVE else None
        return self._open_sessions(environ, given, int(limit[1])) if limit else None

    def _session(self, environ: Environ, given: str, session_id: str) -> Answer | None:
        now, seen = clock.now(), environ.get("HTTP_IF_NONE_MATCH", "")
        rows, _ = SESSION_AND_KEY.stored_at(self._looks, given=given, now=now, session_id=session_id)
        if not (rows and ETAG.fullmatch(seen)):
            return None
        stored, is_past, key_id, is_admin = rows[0]
        who = Caller("", key_id=key_id, is_admin=bool(is_admin))
        session, text = self._remembered(stored, is_past, self._parts.gateway.account)
        if not who.may_see(session) or session.needs_a_look(now, self._parts.settings.reconcile_interval):
            return None
        body = f"{text}\n".encode()
        etag = f'"{sha1(body, usedforsecurity=False).hexdigest()}"'
        own = [("ETag", etag), ("Cache-Control", "private, no-cache"), ("Date", http_date())]
        more = [*own, *self._secure[environ["wsgi.url_scheme"]]]
        return Answer("304 NOT MODIFIED", more, b"") if seen == etag else in_full(body, more)

    def _open_sessions(self, environ: Environ, given: str, limit: int) -> Answer | None:
        now = clock.now()
        if not any(is_admin for _, is_admin in KEY.seen_by(self._looks, given=given, now=now)):
            return None
        rows, _ = OPEN_SESSIONS.stored_at(self._looks, now=now, many=limit + 1)
        account, page = self._parts.gateway.account, rows[:limit]
        following = page[-1][0] if len(rows) > limit else None
        sessions = ",".join([self._remembered(stored, is_past, account)[1] for _, stored, is_past in page])
        body = f'{{"count":{len(page)},"next":{dumps(following)},"sessions":[{sessions}]}}\n'.encode()
        return in_full(body, [*self._secure[environ["wsgi.url_scheme"]], ("Cache-Control", NOT_KEPT)])

    def _written(self, stored: str, is_past: bool, _: str) -> tuple[ShownSession, str]:
        """A session and its JSON, by its columns as they are stored, and the account that the gateway works for."""
        session = ShownSession(*map(_value, _KINDS, loads(stored)))
        return session, as_text(of_session(session, AFTER if is_past else BEFORE, self._parts.gateway))


def _value(kind: Callable[[Any], Any], stored: Any) -> Any:
    return None if stored is None else kind(stored)


def _moment(stored: str) -> datetime:
    """SQLite says no zone, and PostgreSQL that of the connection."""
    moment = datetime.fromisoformat(stored)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# What makes a column's value of the text or the number that is stored, by the column's type, or else by its values'.
_MADE_BY: dict[type, Callable[[Any], Any]] = {UTCDateTime: _moment, JSON: loads}
_KINDS = [_MADE_BY.get(type(column.type), column.type.python_type) for column in COLUMNS]


def _is_usual(environ: Environ) -> bool:
    is_get = environ["REQUEST_METHOD"] == "GET" and is_everyday(environ)
    return is_get and not any(f"HTTP_{name}" in environ for name in UNUSUAL)
