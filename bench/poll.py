"""The poll of an open payment page, against a bare Flask route and against Express with a Map in memory.

A poll asks for the status of one session with the version that its page shows: 204 when it is still that one, and the
fragment otherwise. Each poll reads from the database.
"""

from collections.abc import Iterator
from functools import partial
from urllib.request import Request, urlopen

from bench import sessions, yardsticks
from bench.figures import Figure, interleaved, milliseconds, per_second, ratio
from bench.load import CannotMeasure, requests_per_second
from bench.rig import DATABASES, POSTGRESQL, SQLITE, Rig
from bench.shoppers import p99

SESSIONS = 1000
# The version that the page shows; all sessions are at version 1.
SEEN = {"unchanged": 1, "changed": 0}
STATUS = {"unchanged": 204, "changed": 200}
TARGETS = (
    (SQLITE, "unchanged", "Express", 1.0),
    (SQLITE, "unchanged", "bare Flask", 0.6),
    (SQLITE, "changed", "Express", 0.6),
    (POSTGRESQL, "unchanged", "Express", 0.7),
    (POSTGRESQL, "changed", "Express", 0.5),
)


def figures(rig: Rig) -> Iterator[Figure]:
    """Polls a second, and how long a thousand shoppers wait; each server on one core."""
    cookie = {"Cookie": rig.cookie(sessions.SHOPPER)}
    shops = {database: rig.shop(rig.database(database, filled_with=SESSIONS)) for database in DATABASES}
    bare = yardsticks.bare_flask(rig)
    yield from _rates(rig, shops, bare, cookie)
    yield from _waits(rig, shops, bare, cookie)


def _rates(rig: Rig, shops: dict[str, str], bare: str, cookie: dict[str, str]) -> Iterator[Figure]:
    rate = partial(requests_per_second, folder=rig.folder)
    measures = {
        "Express": partial(rate, yardsticks.express(rig, SESSIONS), _paths("changed")),
        "bare Flask": partial(rate, bare, ["/"]),
    }
    for database, shop in shops.items():
        for kind in SEEN:
            _check(shop + _paths(kind)[0], STATUS[kind])
            measures[f"{database} {kind}"] = partial(rate, shop, _paths(kind), headers=cookie)
    interleaved(measures, 1)  # not counted: Node.js compiles what it has seen often
    found = interleaved(measures, rig.rounds)
    for database, kind, yardstick, at_least in TARGETS:
        polls, others = found[f"{database} {kind}"], found[yardstick]
        name = f"poll, {kind}, of {yardstick}"
        yield Figure(name, database, ratio(polls, others), per_second(polls), per_second(others), at_least=at_least)


def _waits(rig: Rig, shops: dict[str, str], bare: str, cookie: dict[str, str]) -> Iterator[Figure]:
    """Nine of ten pages are up to date."""
    paths = [_paths("changed" if number % 10 == 0 else "unchanged")[number] for number in range(SESSIONS)]
    measures = {database: partial(p99, shop, paths, cookie) for database, shop in shops.items()}
    found = interleaved({"bare Flask": partial(p99, bare, ["/"] * SESSIONS, {}), **measures}, rig.rounds)
    others = found.pop("bare Flask")
    for database, waits in found.items():
        name = f"{SESSIONS:,} shoppers poll every 2 s: p99, of bare Flask"
        yield Figure(name, database, ratio(waits, others), milliseconds(waits), milliseconds(others), at_most=4)


def _paths(kind: str) -> list[str]:
    return [f"/pay/{sessions.identifier(number)}/status?seen={SEEN[kind]}" for number in range(SESSIONS)]


def _check(address: str, status: int) -> None:
    """What is fast and wrong is not measured."""
    with urlopen(Request(address)) as answer:  # noqa: S310  # our own server
        if answer.status != status:
            raise CannotMeasure(f"{address} answered {answer.status}, not {status}")
