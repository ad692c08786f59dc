"""From the press on Pay to "paid" on the page, and what it costs to have a thousand pages wait for that.

The sandbox's gateway takes 300 ms; what comes on top is the shop's and the browser's. It is measured in the page, from
the click to the moment at which it says that it is paid.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from select import select
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from bench import sessions
from bench.browser import chromium
from bench.figures import Figure, milliseconds, ratio
from bench.rig import DATABASES, SQLITE, Rig
from bench.shoppers import INTERVAL
from smartcart.payments.page.fast.long_poll import BETWEEN_QUESTIONS
from tests.support.connections import many_files

GATEWAY, AT_MOST = 0.3, 0.05
# Of those that nothing was tried of yet, which every tenth is; the first shows the browser everything once.
PRESSES = 5
WAITING = 1000
# So many wait once before: enough that each thread that answers them has begun, and too few to show in their memory.
FEW = 100
# In seconds: most of a wait, which is answered after 5 s.
MEASURED = 4.0
FILES = 4096
PAY = """() => new Promise((paid) => {
  const shows = () => document.querySelector('[data-testid="payment-status"]').dataset.state;
  const look = () => { if (shows() === "completed") paid(performance.now() - pressed); };
  new MutationObserver(look).observe(document.body, {attributes: true, childList: true, subtree: true});
  const pressed = performance.now();
  document.querySelector('[data-testid="pay"]').click();
})"""


def figures(rig: Rig) -> Iterator[Figure]:
    """The time on top of the gateway's, of 50 ms; threads, memory and processor time of pages that wait."""
    for database in DATABASES:
        with chromium() as browser:
            yield _presses(rig, browser, database)
    with many_files(FILES):
        yield from _waiting(rig)


def _presses(rig: Rig, browser: Browser, database: str) -> Figure:
    shop = rig.shop(rig.database(database, filled_with=10 * (PRESSES * rig.rounds + 1)))
    page = browser.new_page()
    took = []
    for number in range(PRESSES * rig.rounds + 1):
        page.goto(f"{shop}/pay/{sessions.identifier(10 * number)}")
        page.wait_for_function("typeof htmx !== 'undefined'")
        took.append(page.evaluate(PAY) / 1000)
    page.close()
    return Figure(
        "press to paid, beyond the gateway's 300 ms, of 50 ms",
        database,
        ratio([each - GATEWAY for each in took[1:]], [AT_MOST] * PRESSES * rig.rounds),
        milliseconds(took[1:]),
        "350.0 ms",
        at_most=1,
    )


def _waiting(rig: Rig) -> Iterator[Figure]:
    """A thousand pages of payments under way, each on a connection of its own: they poll, and then they wait."""
    shop = rig.shop(rig.database(SQLITE, filled_with=WAITING))
    host = urlsplit(shop)
    paths = [f"/pay/{sessions.identifier(number - number % 10 + 1)}/status?seen=1" for number in range(WAITING)]
    with ExitStack() as stack:
        pages = [stack.enter_context(socket.create_connection((host.hostname, host.port))) for _ in paths]
        _poll(pages, paths)
        _wait_in_vain(pages[:FEW], paths[:FEW])  # not counted: by now every thread has begun that answers
        began = rig.resources(shop)
        _poll(pages, paths)
        polled = rig.resources(shop)
        _send(pages, _waiting_for(paths))
        time.sleep(MEASURED)
        assert not select(pages, [], [], 0)[0], "one did not wait"
        waited = rig.resources(shop)
    polling = (polled.seconds - began.seconds) / INTERVAL
    waiting = (waited.seconds - polled.seconds) / MEASURED
    name = f"threads that {WAITING:,} pages take to wait"
    memory = f"{(waited.memory - polled.memory) / WAITING / 1024:.0f} kB a page"
    yield Figure(name, SQLITE, float(waited.threads - polled.threads), memory, at_most=1)
    name = "processor time of pages that wait, of such that poll every 2 s"
    yield Figure(name, SQLITE, waiting / polling, _of_a_core(waiting), _of_a_core(polling))


def _wait_in_vain(pages: Sequence[socket.socket], paths: Sequence[str]) -> None:
    """Each page waits until it is told to ask again; afterwards nobody waits, and nobody watches for news."""
    _send(pages, _waiting_for(paths))
    _hear(pages, paths)
    time.sleep(5 * BETWEEN_QUESTIONS)


def _poll(pages: Sequence[socket.socket], paths: Sequence[str]) -> None:
    """Each page asks once, and has an answer."""
    _send(pages, paths)
    _hear(pages, paths)


def _hear(pages: Sequence[socket.socket], paths: Sequence[str]) -> None:
    for page, path in zip(pages, paths, strict=True):
        assert page.recv(1000).startswith(b"HTTP/1.1 204"), path


def _waiting_for(paths: Sequence[str]) -> list[str]:
    return [f"{path}&wait=1" for path in paths]


def _send(pages: Sequence[socket.socket], paths: Sequence[str]) -> None:
    for page, path in zip(pages, paths, strict=True):
        page.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


def _of_a_core(share: float) -> str:
    return f"{share:.1%} of a core"
