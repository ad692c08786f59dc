"""How the problems are brought about that many calls can answer, each in the same way."""

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from smartcart import clock, create_app
from smartcart.database.session import db, writing
from smartcart.payments.api import idempotency
from smartcart.payments.api.models import KeptAnswer
from smartcart.web.request_bodies import REFUSED
from smartcart.web.request_bodies import Refused as Unread
from tests.payments.api.staged import Stage
from tests.support.caller import Caller, by_cookie
from tests.support.described import calls, request_examples
from tests.support.shopper import Shopper

NO_ONES = "A" * 32
Scene = Callable[[Stage, str], TestResponse]


def send(stage: Stage, name: str, about: str = NO_ONES, caller: Caller | None = None, **more: Any) -> TestResponse:
    """The first of its examples, to a session or webhook that there is or not."""
    return stage.call(name, about, next(iter(request_examples(name)), ""), caller, **more)


def bad_json(stage: Stage, name: str) -> TestResponse:
    return stage.call(name, stage.about(name), data="{", content_type="application/json")


def csrf(stage: Stage, name: str) -> TestResponse:
    stage.shopper.order()
    return send(stage, name, caller=Caller(stage.shopper.client, dict))


def unread(why: Unread) -> Scene:
    return lambda stage, name: send(stage, name, environ_overrides={REFUSED: why})


def key_needed(stage: Stage, name: str) -> TestResponse:
    return send(stage, name, caller=Caller(stage.app.test_client(), dict))


def unknown_key(stage: Stage, name: str) -> TestResponse:
    return send(stage, name, headers={"Authorization": "Bearer sk_unknown"})


def forbidden(stage: Stage, name: str) -> TestResponse:
    return send(stage, name, stage.merchant.create()["id"], stage.merchant)


def not_found(stage: Stage, name: str) -> TestResponse:
    return send(stage, name, **({"json": {"order": "SC-1"}} if name == "createSession" else {}))


def too_large(stage: Stage, name: str) -> TestResponse:
    return stage.call(name, NO_ONES, data=b" " * (64 * 1024 + 1))


def bad_fields(stage: Stage, name: str) -> TestResponse:
    if calls()[name][0] == "GET":
        return stage.call(name, query_string={"limit": "0"})
    return stage.call(name, stage.about(name), json={"no_such_field": 1})


def card_number(stage: Stage, name: str) -> TestResponse:
    return stage.call(name, NO_ONES, json={"reason": "4242 4242 4242 4242"})


def too_many_requests(stage: Stage, name: str) -> TestResponse:
    settings = stage.app.config["SETTINGS"].model_copy(update={"rate_limit": "1 per hour"})
    hasty = Shopper(create_app(settings, stage.sandbox).test_client())
    for _ in range(2):  # the first is counted for nobody, as it came without a cookie
        hasty.put_into_cart()
    return send(stage, name, caller=by_cookie(hasty))


def breaking(error: Exception) -> Scene:
    """By a view that raises this."""

    def scene(stage: Stage, name: str) -> TestResponse:
        method, path, _ = calls()[name]
        endpoint, _ = stage.app.url_map.bind("").match(path.replace("{id}", NO_ONES), method)
        stage.monkeypatch.setitem(stage.app.view_functions, endpoint, _raise(error))
        return send(stage, name, query_string={"to": "Flask"})

    return scene


def _raise(error: Exception) -> Callable[..., None]:
    def view(**_: Any) -> None:
        raise error

    return view


def in_progress(stage: Stage, name: str) -> TestResponse:
    """A first request with this key that has been at work for a moment."""
    stage.monkeypatch.setattr(idempotency, "TWIN_WAIT", 0.0)
    path, sent = calls()[name][1].replace("{id}", NO_ONES), b"{}"
    key_id = _caller_of(stage)
    with writing():
        fingerprint = sha256(b"\0".join([b"POST", path.encode(), sent])).hexdigest()
        db.session.add(KeptAnswer(caller=key_id, key=name, fingerprint=fingerprint, kept_at=clock.now()))
    return stage.call(name, NO_ONES, data=sent, headers={"Idempotency-Key": name})


def _caller_of(stage: Stage) -> str:
    """The name that the keys of the admin's requests are kept under."""
    stage.call("interruptSession", NO_ONES, json={}, headers={"Idempotency-Key": "the first"})
    return str(db.session.scalar(db.select(KeptAnswer.caller)))


def bad_key(stage: Stage, name: str) -> TestResponse:
    return send(stage, name, headers={"Idempotency-Key": "k" * 256})


def reused_key(stage: Stage, name: str) -> TestResponse:
    for body in ({"a": 1}, {"a": 2}):
        answer = stage.call(name, NO_ONES, json=body, headers={"Idempotency-Key": name})
    return answer


OF_ANY: dict[str, Scene] = {
    "bad_json": bad_json,
    "csrf": csrf,
    "incomplete": unread(Unread.CUT_SHORT),
    "too_slow": unread(Unread.TOO_SLOW),
    "too_many": unread(Unread.TOO_MANY),
    "headers_too_large": unread(Unread.HEADERS_TOO_LARGE),
    "key_needed": key_needed,
    "unknown_key": unknown_key,
    "forbidden": forbidden,
    "not_found": not_found,
    "request_entity_too_large": too_large,
    "bad_fields": bad_fields,
    "card_number": card_number,
    "too_many_requests": too_many_requests,
    "internal_server_error": breaking(RuntimeError("a defect")),
    "database_unavailable": breaking(OperationalError("", None, sqlite3.OperationalError("disk I/O error"))),
    "in_progress": in_progress,
    "idempotency_key": bad_key,
    "idempotency_key_reused": reused_key,
}
