"""What the payment page costs a network: bytes and requests until it polls, and in an hour in which it stays open.

Counts, so it needs no rounds and no quiet machine; and how long until something is seen on a slow network, most of
which is its latency. What it was before is what this part has found at commit 0973525.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page

from bench import sessions
from bench.browser import chromium
from bench.figures import Figure, milliseconds
from bench.meter import Meter, metered
from bench.rig import SQLITE, Rig

# Number 0 is one that nothing was tried of yet.
PATH = f"/pay/{sessions.identifier(0)}"
STATUS = re.compile(r"/status\?")
INTERVAL, HOUR = 2, 3600
POLLS = 30
MOST_REQUESTS, MOST_COLD, MOST_WARM = 5, 30 * 1024, 4 * 1024
# Later than all that is measured, and sooner than a browser's longest timer.
EXPIRES_IN = timedelta(days=1)
# In bytes, both ways, of one unchanged poll; and in seconds.
POLL_BEFORE, PAINT_BEFORE = 1391, 4.95
SEEN_AT_MOST, HIDDEN_AT_MOST, PAINT_AT_MOST = 0.45, 0.05, 0.5
# As Chromium's developer tools had it by the name "Slow 3G": milliseconds, and bytes a second.
SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
# Headless, no tab hides another.
HIDE = """Object.defineProperty(document, "hidden", {configurable: true, get: () => true});
document.dispatchEvent(new Event("visibilitychange"))"""


def figures(rig: Rig) -> Iterator[Figure]:
    """The payment page, cold and warm; an hour of it, seen and hidden; its first paint on slow 3G."""
    database = rig.database(SQLITE)
    sessions.fill(database, 1, datetime.now(UTC) + EXPIRES_IN)
    shop = rig.shop(database, poll_interval=INTERVAL)
    with chromium() as browser, metered(shop) as meter:
        yield from _loads(browser, meter)
        yield from _hours(browser, meter)
        paints = [_first_paint(browser, shop) for _ in range(rig.rounds)]
    name = "first paint of the payment page on slow 3G, of before"
    yield _figure(name, median(paints) / PAINT_BEFORE, milliseconds(paints), f"{PAINT_BEFORE:.2f} s", PAINT_AT_MOST)


def _loads(browser: Browser, meter: Meter) -> Iterator[Figure]:
    context = browser.new_context()
    down, requests = _load(context, meter)
    yield _figure("payment page, cold, until it polls", down / MOST_COLD, f"{down:,} bytes", f"{MOST_COLD:,} bytes")
    yield _figure("requests of it", float(requests), at_most=MOST_REQUESTS)
    _load(context, meter)  # which has no stylesheet yet: the first visit had it in the page
    down, _ = _load(context, meter)
    yield _figure("payment page, warm, until it polls", down / MOST_WARM, f"{down:,} bytes", f"{MOST_WARM:,} bytes")


def _load(context: BrowserContext, meter: Meter) -> tuple[int, int]:
    """What comes down until the page has polled for the first time, in bytes; and how many requests that takes."""
    page = context.new_page()
    asked: set[str] = set()  # the picture of the shop is shown in two places, and fetched for both at once
    page.on("request", lambda request: asked.add(request.url))
    meter.reset()
    with page.expect_response(STATUS):
        page.goto(meter.address + PATH)
    page.close()
    return meter.down, len(asked)


def _hours(browser: Browser, meter: Meter) -> Iterator[Figure]:
    page = browser.new_page()
    page.clock.install()
    page.goto(meter.address + PATH)
    _poll(page)
    before = HOUR // INTERVAL * POLL_BEFORE
    meter.reset()
    for _ in range(POLLS):
        _poll(page)
    hour = meter.bytes / POLLS * HOUR / INTERVAL
    yield _figure("an open page, an hour, of before", hour / before, _kilobytes(hour), _kilobytes(before), SEEN_AT_MOST)
    page.evaluate(HIDE)
    meter.reset()
    page.clock.run_for(HOUR * 1000)
    page.evaluate("delete document.hidden")
    with page.expect_response(STATUS):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    hour = meter.bytes
    name = "the same, hidden, and seen again at the end"
    yield _figure(name, hour / before, _kilobytes(hour), _kilobytes(before), HIDDEN_AT_MOST)
    page.close()


def _poll(page: Page) -> None:
    with page.expect_response(STATUS):
        page.clock.run_for(INTERVAL * 1000)


def _first_paint(browser: Browser, shop: str) -> float:
    """In seconds; of a browser that was never here."""
    context = browser.new_context()
    page = context.new_page()
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_3G)
    page.goto(shop + PATH)
    seconds = page.evaluate(PAINTED) / 1000
    context.close()
    return float(seconds)


def _figure(name: str, ratio: float, measured: str = "", yardstick: str = "", at_most: float = 1) -> Figure:
    return Figure(name, SQLITE, ratio, measured, yardstick, at_most=at_most)


def _kilobytes(count: float) -> str:
    return f"{count / 1000:,.0f} kB"
