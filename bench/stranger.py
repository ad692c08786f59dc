"""How long a shopper waits for the catalogue beside a stranger whose sixteen connections ask for one address.

Each asks again as soon as it is answered. Beside such a load nobody answers as if alone, so the yardstick is the
catalogue's own p50 beside the same load on bare Flask, which shares the core with the shop, and answers with as many
bytes.
"""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from statistics import median
from urllib.parse import urlsplit

from flask import Flask

from bench import bare, yardsticks
from bench.figures import Figure, interleaved, milliseconds, ratio
from bench.load import CONNECTIONS
from bench.pages import LIMIT, SESSIONS, furnished
from bench.rig import DATABASES, Rig

AT_MOST = 1.5
# A household of its own: the stranger is at 127.0.0.1.
SHOPPER = "127.0.0.2"
# So many answers make a p50, in this many seconds at most.
ANSWERS, LONGEST = 60, 1.0
# Of the addresses that seemed the worst so many are measured: of many that differ by chance, the worst is always bad.
SUSPECTS = 6
# Between two looks at the catalogue, and until the load is there; in seconds.
PAUSE, BEGUN = 0.003, 0.2


def figures(rig: Rig) -> Iterator[Figure]:
    """The catalogue's p50 beside a load on the address that holds it up the most, of that beside bare Flask."""
    for database in DATABASES:
        url = rig.database(database, filled_with=SESSIONS)
        known = {name: page.path for name, page in furnished(rig, url).items()}
        shop = rig.shop(url, rate_limit=LIMIT)
        paths = _public(rig.sandbox_app(url), known)
        sizes = {path: _size(shop, path) for path in paths}
        address = yardsticks.bare_flask(rig, *sizes.values())
        suspects = _most_suspect({path: partial(_p50, shop, shop + path) for path in paths})
        beside_bare = {path: partial(_p50, shop, f"{address}/{sizes[path]}") for path in suspects}
        found = interleaved({**suspects, **{f"bare {path}": of for path, of in beside_bare.items()}}, rig.rounds)
        ratios = {path: ratio(found[path], found[f"bare {path}"]) for path in suspects}
        worst = max(ratios, key=ratios.__getitem__)
        yield Figure(
            f"catalogue's p50 beside {CONNECTIONS} connections of a stranger, the worst of {len(paths)} addresses",
            database,
            ratios[worst],
            f"{milliseconds(found[worst])} ({worst.partition('?')[0][:24]})",
            milliseconds(found[f"bare {worst}"]),
            at_most=AT_MOST,
        )


def _most_suspect(measures: Mapping[str, Callable[[], float]]) -> dict[str, Callable[[], float]]:
    """Those that measure the most when each is tried."""
    tried = {name: values[0] for name, values in interleaved(measures, 1).items()}
    return {name: measures[name] for name in sorted(tried, key=tried.__getitem__)[-SUSPECTS:]}


def _size(shop: str, path: str) -> int:
    """Of the answer, in bytes; of what has none, or hardly any, as many as bare Flask has anyway."""
    host = urlsplit(shop)
    with closing(http.client.HTTPConnection(host.hostname or "", host.port)) as stranger:
        stranger.request("GET", path)
        return max(len(stranger.getresponse().read()), bare.USUAL)


def _public(app: Flask, known: dict[str, str]) -> list[str]:
    """Every address of the shop that anybody may ask for, one of each kind; the admin's answer by asking to sign in."""
    payment, order, product = known["payment page"], known["order"], known["product"]
    values = {
        "session_id": payment.rpartition("/")[2],
        "token": order.rpartition("/")[2],
        "slug": product.rpartition("/")[2],
        "page": "terms",
    }
    urls = app.url_map.bind("")
    paths = {
        urls.build(rule.endpoint, {name: values.get(name, 1) for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    return sorted({*paths, f"{payment}/status?seen=0", "/no-such-page"})


def _p50(shop: str, loaded: str) -> float:
    """Of the catalogue, in seconds, while somebody else asks for the address `loaded`."""
    host = urlsplit(shop)
    with _asked_all_the_time(loaded):
        browser = http.client.HTTPConnection(host.hostname or "", host.port, source_address=(SHOPPER, 0))
        waits: list[float] = []
        over = time.perf_counter() + LONGEST
        while not waits or (len(waits) < ANSWERS and time.perf_counter() < over):
            began = time.perf_counter()
            browser.request("GET", "/")
            answer = browser.getresponse()
            answer.read()
            waits.append(time.perf_counter() - began)
            assert answer.status == 200, answer.status
            time.sleep(PAUSE)
        browser.close()
    return median(waits)


@contextmanager
def _asked_all_the_time(address: str) -> Iterator[None]:
    load = subprocess.Popen(
        ["wrk", f"--connections={CONNECTIONS}", "--threads=1", "--duration=60s", address], stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(BEGUN)
        yield
    finally:
        load.send_signal(signal.SIGINT)
        load.wait()
