"""The owner's pages and the figures at /metrics: with a million payments on record, of those with a thousand.

In processor time, the shop's and PostgreSQL's together, of a shop in this process: it is the questions to the database
that may grow.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from statistics import median
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient

from bench import history, sessions
from bench.figures import Figure, milliseconds
from bench.rig import DATABASES, POSTGRESQL, Rig
from smartcart.admin.login.passwords import NAME, ensure_admin
from smartcart.analytics import keeping
from smartcart.rules.payment_states import OPEN, Money, State
from smartcart.shop.models import OrderStatus

FEW, MANY = SIZES = (1_000, 1_000_000)
PASSWORD = "a password for measuring"  # noqa: S105  # protects nothing
# So often in a row; the clock of PostgreSQL's processor time ticks every 10 ms.
REQUESTS = 20
AT_MOST = 1.2
# Of the other pages those are measured that seemed to grow more, and so many at least: of many that differ by chance,
# one always grows.
SUSPECTS = 4
# Not measured here: the way in, what no order of these has, and what is no page but a piece of work. A file is as long
# as is asked for; a dry run of fraud rules looks at thirty days, of which a large shop has more, at 20,000 attempts at
# most.
ELSEWHERE = ("login.login", "delivery.slip", "exports.file", "fraud.try_all")
# Measured by themselves.
NAMED = {
    "/admin": "admin overview",
    "/admin/sessions": "live list of open payments",
    "/admin/analytics": "analytics",
    "/metrics": "/metrics",
}


def figures(rig: Rig) -> Iterator[Figure]:
    """The cost of each page with many payments on record, of that with few."""
    for database in DATABASES:
        measures = _measures(rig, database)
        _round(measures, measures)  # not counted: templates are read, and pages of the database
        tried = _round(measures, measures)
        others = sorted(measures.keys() - NAMED.keys(), key=lambda page: -_growth([tried[page]]))
        seemed = sum(_growth([tried[page]]) > AT_MOST for page in others)
        suspects = others[: max(SUSPECTS, seemed)]
        rounds = [_round(measures, [*NAMED, *suspects]) for _ in range(rig.rounds)]
        found = {page: [each[page] for each in rounds] for page in (*NAMED, *suspects)}
        worst, *more = sorted(suspects, key=lambda page: -_growth(found[page]))
        yield from (_figure(each, database, found[page]) for page, each in NAMED.items())
        yield _figure(
            f"of {len(others)} other pages of the admin the one that grows most", database, found[worst], worst
        )
        yield from (_figure(page, database, found[page]) for page in more if _growth(found[page]) > AT_MOST)


def _measures(rig: Rig, database: str) -> dict[str, tuple[Callable[[], float], ...]]:
    """By page, what measures a request for it in the shop with few payments on record, and in the one with many."""
    in_each: list[dict[str, Callable[[], float]]] = []
    for size in SIZES:
        url = rig.database(database)
        history.fill(url, size)
        app = rig.sandbox_app(url)
        _keep_figures(app)
        admin, asks_postgresql = _signed_in(app), database == POSTGRESQL
        in_each.append(
            {name: partial(_cost, rig, admin, page, asks_postgresql) for name, page in _pages(app, admin, size).items()}
        )
    few, many = in_each
    return {page: (few[page], many[page]) for page in sorted(few)}


def _keep_figures(app: Flask) -> None:
    """As the timetable would have done all along."""
    with app.app_context():
        while keeping.keep_up(app.config["SETTINGS"].time_zone):
            pass


def _round(measures: dict[str, tuple[Callable[[], float], ...]], pages: Iterable[str]) -> dict[str, tuple[float, ...]]:
    return {page: tuple(measure() for measure in measures[page]) for page in pages}


def _growth(rounds: list[tuple[float, ...]]) -> float:
    return median(many / few for few, many in rounds)


def _figure(name: str, database: str, rounds: list[tuple[float, ...]], page: str = "") -> Figure:
    few, many = (milliseconds(list(costs)) for costs in zip(*rounds, strict=True))
    return Figure(
        f"{name}: at {MANY:,} payments, of at {FEW:,}",
        database,
        _growth(rounds),
        f"{many} ({page})" if page else many,
        few,
        at_most=AT_MOST,
    )


def _cost(rig: Rig, admin: FlaskClient, page: "Page", asks_postgresql: bool) -> float:
    def taken() -> float:
        return time.process_time() + (rig.postgresql_seconds() if asks_postgresql else 0)

    before = taken()
    for _ in range(REQUESTS):
        answer = admin.post(page.address, data=page.form) if page.form else admin.get(page.address)
        assert answer.status_code in (200, 303), f"{page.address} answered {answer.status}"
    return (taken() - before) / REQUESTS


def _signed_in(app: Flask) -> FlaskClient:
    with app.app_context():
        ensure_admin(PASSWORD)
    browser = app.test_client()
    form = {"csrf_token": _token(browser, "/admin/login"), "name": NAME, "password": PASSWORD}
    assert browser.post("/admin/login", data=form).status_code == 303
    return browser


def _token(browser: FlaskClient, address: str) -> str:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(address).text)
    assert token, f"no form at {address}"
    return token[1]


class Page(NamedTuple):
    """What is asked for, with what is filled in where it is sent as a form."""

    address: str
    form: dict[str, str] | None = None


def _pages(app: Flask, admin: FlaskClient, size: int) -> dict[str, Page]:
    """Every page of the admin that is read, by its rule or by what else is asked of it; and its address here."""
    old = size // 2 - 81  # by its last two digits, one that was paid, and has an attempt on record
    values = {
        "session_id": sessions.identifier(old),
        "number": f"SC-{old + 1}",
        "product_id": 1,
        "finding_id": 1,
        "page": "terms",
        "rule_id": 1,
    }
    urls = app.url_map.bind("")
    pages = {
        rule.rule: urls.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin")
        and "GET" in (rule.methods or ())
        and rule.endpoint not in ELSEWHERE
        and rule.arguments <= values.keys()  # a letter, a webhook and a drill are one row each, found by its id
    }
    lists = [f"sessions?state={state}" for state in sorted(OPEN)]
    lists += [f"orders?status={status}" for status in OrderStatus] + [f"payments?state={state}" for state in State]
    lists += [f"payments?money={money}" for money in Money]
    narrowed = "day=2026-11-28", "currency=CHF", "returned=yes", "person=yes"
    lists += [f"{which}?{each}" for which in ("orders", "payments") for each in narrowed]
    older = f"/admin/sessions?after={sessions.identifier(size - 1 - history.block_of(size))}"
    found = {
        **pages,
        **{f"/admin/{each}": f"/admin/{each}" for each in lists},
        "/admin/sessions?after=": older,
        "/admin/orders?before=": f"/admin/orders?before={old}",
        "/metrics": "/metrics",
    }
    token = _token(admin, "/admin/search")
    looked_for = {"id": values["session_id"], "number": values["number"], "name": "Ada Lovelace", "typo": "lovlace ad"}
    searches = {
        f"/admin/search for {what}": Page("/admin/search", {"csrf_token": token, "q": str(wanted)})
        for what, wanted in looked_for.items()
    }
    return {name: Page(address) for name, address in found.items()} | searches
