"""The JSON API as a merchant's software uses it: what an answer costs the server, of Flask with as many constant bytes.

In processor time, as in `pages`. A session is asked for by its merchant's key, without and with the ETag of the last
answer (which is then 304); sessions are opened, each for an order of its own; and the first hundred that are open are
listed, by an admin's key. What the statements of a session that is opened cost the bare driver is named beside it:
Flask and they are what no shop can do without that has it on disk before it answers.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from http.client import HTTPResponse
from itertools import count
from typing import NamedTuple, cast
from urllib.request import Request, urlopen

from sqlalchemy import text

from bench import sessions, yardsticks
from bench.figures import Figure, interleaved, microseconds, ratio
from bench.load import processor_seconds_a_request
from bench.rig import DATABASES, Rig
from bench.statements import Sent, connect, listening, send_again
from smartcart.database.session import db, execute, writing
from smartcart.payments.api import keys

API = "/api/payments"
SESSIONS = 1000
LISTED = 100
OPENED = 200
# An order of the merchant's own: no two rounds, and no two requests of one, have the same.
ORDER = '{"reference": "%s-%%d", "amount": 4200, "currency": "EUR", "user": "ada@example.org"}'
_rounds = count(1)


class Asked(NamedTuple):
    """A request of a program's; what has a body is posted."""

    path: str
    headers: Mapping[str, str]
    body: str = ""

    def body_of_round(self) -> str:
        return self.body and self.body % f"round {next(_rounds)}"


class Line(NamedTuple):
    """What a figure is called; it may be so many times what bare Flask takes for the answer to the request `beside`."""

    title: str
    beside: str
    at_most: float


LINES = {
    "one": Line("API: a session", "one", 1.5),
    # As the one in full: three tenths of what it took when it was first measured would be more.
    "unchanged": Line("API: a session, unchanged (304)", "one", 1.5),
    "opened": Line("API: a session is opened", "opened", 3.0),
    "active": Line(f"API: {LISTED} open sessions", "active", 3.0),
}


def figures(rig: Rig) -> Iterator[Figure]:
    """The cost of each answer, of bare Flask."""
    for database in DATABASES:
        found = _costs(rig, *_shop(rig, rig.database(database, filled_with=SESSIONS)))
        for kind, line in LINES.items():
            ours, bare = found[kind], found[_bare(line.beside)]
            name, times = f"{line.title}, of bare Flask", (microseconds(ours), microseconds(bare))
            yield Figure(name, database, ratio(ours, bare), *times, at_most=line.at_most)
        bare = found[_bare("opened")]
        alone = [one + other for one, other in zip(bare, _statements_alone(rig, database), strict=True)]
        name = "API: the statements of a session that is opened, by the bare driver in bare Flask, of bare Flask"
        yield Figure(name, database, ratio(alone, bare), microseconds(alone), microseconds(bare))


def _statements_alone(rig: Rig, database: str) -> list[float]:
    """What it costs the driver to carry out what one session sends that is opened, in seconds, round by round."""
    shop, copy = rig.database(database), rig.database(database)
    app, sent, costs = rig.app(shop), list[Sent](), []
    with app.app_context(), closing(connect(database, copy)) as driver, listening(sent):
        asked = Asked(f"{API}/session/create", _by_key("a merchant"), ORDER)
        db.session.remove()
        send_again(driver, sent)
        for _ in range(rig.rounds):
            sent.clear()
            body = asked.body_of_round()
            for number in range(OPENED):
                answer = app.test_client().post(
                    asked.path, data=body % number, headers=asked.headers, content_type="application/json"
                )
                assert answer.status_code == 201, answer.text
            began = time.thread_time()
            send_again(driver, sent)
            costs.append((time.thread_time() - began) / OPENED)
        db.engine.dispose()
    return costs


def _shop(rig: Rig, url: str) -> tuple[str, dict[str, Asked]]:
    """The address of a shop on this database, whose sessions are all a merchant's; and what it is asked."""
    app = rig.app(url)
    with app.app_context():
        merchant, office = _by_key("a merchant"), _by_key("the office", is_admin=True)
        with writing():
            execute(text("update payment_session set merchant = (select id from api_key where not is_admin)"))
        db.session.remove()
        db.engine.dispose()
    shop, path = rig.shop(url), f"{API}/session/{sessions.identifier(0)}"
    with _sent(shop, one := Asked(path, merchant)) as answer:
        seen = {"If-None-Match": answer.headers["ETag"]}
    return shop, {
        "one": one,
        "unchanged": Asked(path, merchant | seen),
        "opened": Asked(f"{API}/session/create", merchant, ORDER),
        "active": Asked(f"{API}/sessions/active?limit={LISTED}", office),
    }


def _by_key(name: str, is_admin: bool = False) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.make_key(name, is_admin)}"}


def _costs(rig: Rig, shop: str, asked: dict[str, Asked]) -> dict[str, list[float]]:
    """The cost of each answer in seconds, and that of as many bytes of bare Flask, round by round."""
    sizes = {kind: _size(shop, asked[kind]) for kind in {line.beside for line in LINES.values()}}
    bare = yardsticks.bare_flask(rig, *sizes.values())
    measures = {kind: partial(_cost, rig, shop, each) for kind, each in asked.items()}
    for kind, size in sizes.items():
        measures[_bare(kind)] = partial(_cost, rig, bare, Asked(f"/{size}", {}, asked[kind].body))
    interleaved(measures, 1)  # not counted: each thread opens its connection to the database
    return interleaved(measures, rig.rounds)


def _cost(rig: Rig, address: str, asked: Asked) -> float:
    return processor_seconds_a_request(rig, address, asked.path, asked.headers, asked.body_of_round())


def _size(shop: str, asked: Asked) -> int:
    """Of an answer, in bytes. Raises HTTPError where it is none: what is fast and wrong is not measured."""
    with _sent(shop, asked) as answer:
        return len(answer.read())


def _sent(shop: str, asked: Asked) -> HTTPResponse:
    body = (asked.body_of_round() % 0).encode() if asked.body else None
    sent = Request(shop + asked.path, body, {**asked.headers, "Content-Type": "application/json"})  # noqa: S310  # ours
    return cast(HTTPResponse, urlopen(sent))  # noqa: S310


def _bare(kind: str) -> str:
    return f"bare {kind}"
