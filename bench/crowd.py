"""How long shoppers wait beside 1,400 connections that want nothing: stalled bodies, slow readers, idle ones.

They have come in before it is measured: what their coming costs is in docs/decisions/0025-a-crowd-that-comes-in.md.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

from bench import sessions
from bench.figures import Figure, milliseconds, ratio
from bench.poll import SEEN, SESSIONS
from bench.rig import SQLITE, Rig
from bench.shoppers import p99
from tests.support.connections import many_files
from tests.support.crowd import come_in
from tests.support.waiting import wait_for

# Half of a core at most; each asks once, so that all is measured before the stalled bodies have had their time (20 s).
SHOPPERS = {"/livez": 1000, "poll": 1000, "page": 200}
# What is at work for the crowd must not make an answer wait twice as long; more is a queue that grows with it.
AT_MOST = 2
FILES = 8192
# The slow readers are answered as far as they take it, which keeps the shop busy for seconds: it is measured once the
# shop has taken next to nothing of its core for so many. What is measured then takes eight of the bodies' 20 seconds.
AT_REST = 0.5
SETTLED_WITHIN = 11.0


def figures(rig: Rig) -> Iterator[Figure]:
    """The p99 of each kind of request, with the crowd, of that without."""
    shop = rig.shop(rig.database(SQLITE, filled_with=SESSIONS))
    cookie = {"Cookie": rig.cookie(sessions.SHOPPER)}
    with many_files(FILES):
        _waits(shop, cookie)  # not counted: each thread opens its connection to the database
        rounds = [(_beside_a_crowd(rig, shop, cookie), _waits(shop, cookie)) for _ in range(rig.rounds)]
    for kind in SHOPPERS:
        beside, alone = [each[kind] for each, _ in rounds], [each[kind] for _, each in rounds]
        name = f"{kind} beside 1,400 stalled connections: p99, of that without"
        yield Figure(name, SQLITE, ratio(beside, alone), milliseconds(beside), milliseconds(alone), at_most=AT_MOST)


def _beside_a_crowd(rig: Rig, shop: str, cookie: dict[str, str]) -> dict[str, float]:
    with ExitStack() as crowd:
        come_in(crowd, urlsplit(shop).port or 0)
        wait_for(lambda: _is_at_rest(rig, shop), SETTLED_WITHIN)
        return _waits(shop, cookie)


def _is_at_rest(rig: Rig, shop: str) -> bool:
    before = rig.processor_seconds(shop)
    time.sleep(AT_REST)
    return rig.processor_seconds(shop) - before < AT_REST / 10


def _waits(shop: str, cookie: dict[str, str]) -> dict[str, float]:
    """The p99 of each kind, in seconds."""
    return {kind: p99(shop, _paths(kind), cookie, rounds=1) for kind in SHOPPERS}


def _paths(kind: str) -> list[str]:
    ids = map(sessions.identifier, range(SHOPPERS[kind]))
    path = {"/livez": "/livez", "poll": f"/pay/{{}}/status?seen={SEEN['unchanged']}", "page": "/pay/{}"}[kind]
    return [path.format(each) for each in ids]
