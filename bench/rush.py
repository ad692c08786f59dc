"""A rush: 500 shoppers press Pay within a second, each from an address of their own; the gateway takes its 0.3 s.

Each presses at a moment fixed beforehand, and all count from the first of these. The answer is the page as the press
has left it: only one that says so has begun.
"""

import asyncio
import re
import time
from collections.abc import Collection, Iterator, Sequence
from statistics import median
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from sqlalchemy import func, select

from bench.figures import Figure
from bench.rig import DATABASES, Rig
from bench.shoppers import read_answer
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import QUICK
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.flow import opening
from smartcart.rules.payment_states import IN_FLIGHT, State
from smartcart.shop import cart
from tests.support.connections import loopback, many_files
from tests.support.shopper import product
from tests.support.waiting import wait_for

PRESSES, THREADS = 500, 16
PRESSED_WITHIN, BEGUN_WITHIN = 1.0, 2.0
# Each ends when all are charged, ten seconds later: of more a run would take minutes. On a busy machine it is later.
ROUNDS, OVER_WITHIN = 3, 60.0
FILES = 2 * PRESSES
# As those who run a shop have it; nobody presses twice.
LIMIT = "120 per minute"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
UNDER_WAY_OR_PAID = re.compile(rb'data-state="(?:processing|completed)"')


class Rush(NamedTuple):
    """How many were begun in time and how many paid, and how long it took until nothing was under way, in seconds."""

    begun: int
    paid: int
    over_after: float


def figures(rig: Rig) -> Iterator[Figure]:
    """The share that was begun in time, in the worst round; and how long the last one waited to be charged."""
    with many_files(FILES):
        for database in DATABASES:
            url = rig.database(database)
            shop = rig.shop(url, rate_limit=LIMIT, gateway_threads=THREADS)
            with rig.app(url).app_context():
                _rush(shop, "warms up")  # not counted: each thread opens its connection to the database
                rounds = [_rush(shop, f"round {number}") for number in range(min(rig.rounds, ROUNDS))]
                db.session.remove()
                db.engine.dispose()
            yield from _figures(database, rounds)


def _figures(database: str, rounds: Sequence[Rush]) -> Iterator[Figure]:
    begun = min(each.begun for each in rounds)
    name = f"{PRESSES} presses on Pay within a second, begun within {BEGUN_WITHIN:.0f} s, of all"
    yield Figure(name, database, begun / PRESSES, f"{begun}", f"{PRESSES}", at_least=1)
    paid = min(each.paid for each in rounds)
    yield Figure("the same, paid in the end, of all", database, paid / PRESSES, f"{paid}", f"{PRESSES}")
    over, least = median(each.over_after for each in rounds), PRESSES * QUICK / THREADS
    name = f"the last of them charged, of what {THREADS} threads wait for the gateway"
    yield Figure(name, database, over / least, f"{over:.1f} s", f"{least:.1f} s")


def _rush(shop: str, name: str) -> Rush:
    sessions = [_order(f"shopper {number} {name}") for number in range(PRESSES)]
    began = time.monotonic()
    answers = asyncio.run(_press(shop, sessions))
    wait_for(lambda: _count(sessions, IN_FLIGHT) == 0, OVER_WITHIN)
    over_after = time.monotonic() - began
    begun = [after for after, page in answers if after <= BEGUN_WITHIN and UNDER_WAY_OR_PAID.search(page)]
    return Rush(len(begun), _count(sessions, {State.COMPLETED}), over_after)


def _order(shopper: str) -> str:
    """The session of an order that is to be paid."""
    wanted = product(stock=100 * PRESSES)
    with writing():
        cart.put(shopper, db.session.merge(wanted), 1)
    return opening.place_and_open(shopper, "Ada Lovelace", f"{shopper}@example.org", "http://127.0.0.1")


def _count(sessions: Sequence[str], states: Collection[State]) -> int:
    """How many of them are in these states."""
    db.session.rollback()
    found = select(func.count()).where(PaymentSession.id.in_(sessions), PaymentSession.state.in_(states))
    return db.session.scalar(found) or 0


async def _press(shop: str, sessions: Sequence[str]) -> list[tuple[float, bytes]]:
    """The answer to each press, and after how many seconds it was there."""
    host = urlsplit(shop)
    form, cookies = _form(f"{shop}/pay/{sessions[0]}")
    connections = [
        await asyncio.open_connection(host.hostname, host.port, local_addr=(loopback(number), 0))
        for number in range(len(sessions))
    ]
    now = asyncio.get_running_loop().time
    begins = now() + 0.5

    async def press(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[float, bytes]:
        await asyncio.sleep(begins + PRESSED_WITHIN * number / len(sessions) - now())
        writer.write(_request(f"/pay/{sessions[number]}/attempts", host.netloc, cookies, form))
        _, page = await read_answer(reader)  # one that says something else than that it has begun does not count
        writer.close()
        return now() - begins, page

    return await asyncio.gather(*(press(number, *each) for number, each in enumerate(connections)))


def _form(page: str) -> tuple[bytes, str]:
    """What a press on Pay sends, and the cookies of the browser that has this page open."""
    with urlopen(page) as answer:  # noqa: S310  # our own server
        found = TOKEN.search(answer.read().decode())
        cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", []))
    assert found, "no form on the payment page"
    return urlencode({"csrf_token": found[1], "method": "sandbox_approve"}).encode(), cookies


def _request(path: str, host: str, cookies: str, form: bytes) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        f"Cookie: {cookies}",
        "HX-Request: true",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + form
