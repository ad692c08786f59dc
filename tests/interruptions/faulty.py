"""A shop whose database can be broken and mended, and what must be true while it is broken."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from smartcart.database import faults
from tests.support.databases import look_into
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.visitor import Answer, words

# With short settings a session that was in the dark is looked at again within a second or two.
SETTLED_WITHIN = 15.0
# What nobody but us is to read: statements, drivers, traces, files.
INTERNALS = re.compile(
    r"sqlalche|psycopg|sqlite|select |update |insert |traceback|operationalerror|\.py\b", re.IGNORECASE
)


@contextmanager
def open_shop(shop: RunningShop) -> Iterator[RunningShop]:
    """Prepared and started; its books must be in order when it is over."""
    shop.prepare()
    shop.put_on_sale("teapot")
    shop.start()
    try:
        yield shop
    finally:
        shop.stop()
    assert shop.audit() == []


def assert_honest(answer: Answer) -> None:
    """The page of a shop that cannot reach its books: says so, promises nothing that nobody knows."""
    assert answer.status == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    text = words(answer.text)
    assert "We cannot reach our books right now" in text
    assert "don't pay again yet" in text
    assert not INTERNALS.search(text), text


def assert_honest_to_programs(answer: Answer) -> None:
    """The same in the API, where it concerns a session."""
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert (answer.json["code"], answer.json["money"]) == ("database_unavailable", "checking")
    assert not INTERNALS.search(answer.text), answer.text


def assert_log_is_calm(shop: RunningShop) -> None:
    """A line for each fault, without a trace and without a statement; not one a second."""
    told: dict[str, datetime] = {}
    for line in [json.loads(line) for line in shop.log_lines() if line.startswith("{")]:
        if "database" in line["event"].lower():
            at = datetime.fromisoformat(line["timestamp"])
            before = told.get(line["event"])
            assert before is None or at - before > timedelta(seconds=faults.REMINDER - 1), line
            told[line["event"]] = at
    assert told, "nobody was told"
    excited = [number for number, line in enumerate(shop.log_lines()) if "Traceback" in line or "[SQL" in line]
    assert not excited, "\n".join(shop.log_lines()[max(0, excited[0] - 3) : excited[0] + 60])


def has_reached_the_gateway(shop: RunningShop, session: str) -> bool:
    """Whether a charge of this session was asked for: it is made whatever becomes of the shop."""
    asked = "select 1 from request join reference using (reference) where session = ?"
    return bool(look_into(shop.ledger, asked, session))


def end_connections(server: PostgreSQL, database: str) -> None:
    """End all connections to a database, whatever is being done on them."""
    server.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", database)


def size_of(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
