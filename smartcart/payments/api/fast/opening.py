"""A session that a program opens with its key, answered before Flask begins.

What is checked and written is what Flask's view checks and writes (`creating`); what is left out is all that Flask does
around it, which takes half as long again. Whatever is the least bit unusual goes on to Flask, and so does what is
refused, and an order that has a session already: nothing was written then, and `routes` answers. What fails is told
as Flask tells it, and not tried again.
"""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from flask import Flask
from flask.ctx import RequestContext

from smartcart.payments.api import creating, schemas
from smartcart.payments.api.answering import as_json
from smartcart.payments.api.auth import by_key
from smartcart.payments.api.fast.answers import VARY, Answer, in_full, secure_headers
from smartcart.payments.api.serializers import as_text
from smartcart.payments.core.refusals import Refused
from smartcart.payments.core.session_facts import ShownFacts
from smartcart.web.addresses import base_url_of
from smartcart.web.cookies import is_over_https
from smartcart.web.everyday import is_at_usual_host
from smartcart.web.problems import Problem
from smartcart.web.request_bodies import REFUSED
from smartcart.web.security import NOT_KEPT, completed

PATH = "/api/payments/session/create"
KEY = re.compile(r"Bearer [!-~]{1,200}")
# Of less than may be sent.
LENGTH = re.compile(r"[1-9][0-9]{0,3}")
# A body in pieces, or none; a cookie; what is to be done once, which is on record before it is done.
UNUSUAL = ("HTTP_TRANSFER_ENCODING", REFUSED, "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY")

Environ = dict[str, Any]


def init_app(app: Flask) -> None:
    """Put it in front of the app, and of all that is in front of it already."""
    app.wsgi_app = Opening(app)  # type: ignore[method-assign]  # how WSGI middleware is put in


class Opening:
    """WSGI middleware: answers POST session/create by key where that opens one, and hands on everything else."""

    def __init__(self, app: Flask) -> None:
        self._app, self._next = app, app.wsgi_app
        self._secure = secure_headers(app)
        self._nobodys = app.session_interface.make_null_session(app)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = None
        if environ["PATH_INFO"] == PATH and _is_usual(environ):
            sent = environ["wsgi.input"].read()
            answer = self._answer(environ, sent)
            environ["wsgi.input"] = BytesIO(sent)
        if answer is None:
            return self._next(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, environ: Environ, sent: bytes) -> Answer | None:
        with _Asked(self._app, environ, session=self._nobodys):
            try:
                shop = base_url_of(environ)
                session = _opened(environ["HTTP_AUTHORIZATION"], sent, shop)
            except (Problem, Refused):  # Flask meets the same at once, and says so
                return None
            except Exception as error:  # Flask would wait as long again for a database that does not answer
                return self._failed(error, environ["wsgi.url_scheme"])
            return self._shown(session, shop, environ["wsgi.url_scheme"]) if session else None

    def _shown(self, session: ShownFacts, shop: str, scheme: str) -> Answer:
        body = f"{as_text(as_json(session))}\n".encode()
        own = ("Location", creating.address_of(session.id, shop))
        return in_full(body, [own, *self._secure[scheme], ("Cache-Control", NOT_KEPT)], "201 CREATED")

    def _failed(self, error: Exception, scheme: str) -> Answer:
        """What Flask makes of it: a fault of the database, or a defect of ours, is logged and told."""
        told = self._app.process_response(self._app.make_response(self._app.handle_user_exception(error)))
        headers = completed(told.status, [*told.headers, VARY], is_over_https(self._app, scheme))
        return Answer(told.status, headers, told.get_data())


def _opened(authorization: str, sent: bytes, shop: str) -> ShownFacts | None:
    """The session that the request opens, if it does."""
    fields = schemas.json_object(sent)
    wanted = schemas.read_fields(schemas.CreateForMerchant, fields)
    schemas.refuse_card_numbers_in(fields)
    return creating.for_merchant(by_key(authorization), wanted, shop)[1]


class _Asked(RequestContext):
    """A request of which it is known where it leads, and whose."""

    def match_request(self) -> None:
        """Flask's own hook for that."""


def _is_usual(environ: Environ) -> bool:
    return (
        environ["REQUEST_METHOD"] == "POST"
        and is_at_usual_host(environ)
        and KEY.fullmatch(environ.get("HTTP_AUTHORIZATION", "")) is not None
        and environ.get("CONTENT_TYPE") == "application/json"
        and LENGTH.fullmatch(environ.get("CONTENT_LENGTH", "")) is not None
        and not environ.get("QUERY_STRING")
        and not any(name in environ for name in UNUSUAL)
    )
