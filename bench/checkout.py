"""A whole checkout, from the catalogue to the order that is paid: what it costs the server, in requests to bare Flask.

In processor time. Each is a newcomer's, who buys one thing; the gateway is the sandbox, whose usual card takes 0.3 s.
Bare Flask is asked for a constant page by the same browser.
"""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from secrets import token_hex

from sqlalchemy import update

from bench import yardsticks
from bench.figures import Figure, interleaved, milliseconds, ratio
from bench.load import CannotMeasure
from bench.pages import SESSIONS
from bench.rig import DATABASES, Rig
from smartcart.database.session import db, execute, writing
from smartcart.drill.browser import Answer, Browser
from smartcart.shop import demo
from smartcart.shop.models import Product

# A third of the 240 that it took before anything was done about it.
AT_MOST = 80
# A round takes a few seconds: while one shopper waits for the gateway, others are at their carts.
CHECKOUTS, AT_ONCE, BARE_REQUESTS = 60, 4, 600
# Each press is counted, as with those who run a shop, and none is refused.
LIMIT = "1000000 per minute"
# A page that was told of no news asks again so soon, and gives up so late. In seconds.
PAUSE, PATIENCE = 0.1, 20.0
SUM = re.compile(r'name="sum" value="([^"]+)"')
POLL = re.compile(r'id="payment-status".*?hx-get="([^"]+)"', re.DOTALL)
ORDER = re.compile(r'href="(/orders/[^"]+)"')


def figures(rig: Rig) -> Iterator[Figure]:
    """The cost of a checkout, of that of one request to bare Flask."""
    bare = yardsticks.bare_flask(rig)
    for database in DATABASES:
        url = rig.database(database, filled_with=SESSIONS)
        fill_shelves(rig, url)
        shop = rig.shop(url, rate_limit=LIMIT)
        measures = {"shop": partial(_checkout_cost, rig, shop), "bare": partial(_request_cost, rig, bare)}
        interleaved(measures, 1)  # not counted: each thread opens its connection, each template is read
        found = interleaved(measures, rig.rounds)
        yield Figure(
            "a whole checkout, of one request to bare Flask",
            database,
            ratio(found["shop"], found["bare"]),
            milliseconds(found["shop"]),
            milliseconds(found["bare"]),
            at_most=AT_MOST,
        )


def fill_shelves(rig: Rig, url: str) -> None:
    """With more than is bought."""
    with rig.app(url).app_context():
        demo.fill_empty_catalogue()
        with writing():
            execute(update(Product).values(stock=1_000_000))
        db.session.remove()
        db.engine.dispose()


def _checkout_cost(rig: Rig, shop: str) -> float:
    """In seconds, as all costs here."""
    before = rig.processor_seconds(shop)
    with ThreadPoolExecutor(AT_ONCE) as shoppers:
        list(shoppers.map(lambda _: Shopper(shop).buy(), range(CHECKOUTS)))
    return (rig.processor_seconds(shop) - before) / CHECKOUTS


def _request_cost(rig: Rig, bare: str) -> float:
    before = rig.processor_seconds(bare)
    with ThreadPoolExecutor(AT_ONCE) as browsers:
        list(browsers.map(lambda _: Browser(bare).get("/"), range(BARE_REQUESTS)))
    return (rig.processor_seconds(bare) - before) / BARE_REQUESTS


class Shopper(Browser):
    """Buys one thing."""

    def buy(self) -> None:
        """Raises CannotMeasure where an answer is another than a shopper expects, as all that follow."""
        order = self._see(_found(ORDER, self.pay(self.order())))
        if "taken, once" not in order:
            raise CannotMeasure(f"an order is not paid: {order}")

    def order(self) -> str:
        """Up to the payment page; returns its path."""
        self.token()  # the catalogue has it
        self._see("/products/stoneware-mug")
        self._see(_led_on(self.post("/cart/lines", product="stoneware-mug", quantity="1")))
        form = self._see("/checkout")
        shown_sum = _found(SUM, form)
        email = f"ada-{token_hex(4)}@example.org"  # another's with the same order is asked about it
        page = _led_on(self.post("/checkout", name="Ada Lovelace", email=email, sum=shown_sum))
        self._see(page)
        return page

    def pay(self, page: str) -> str:
        """The status once it says that the money was taken, asked for as the page does."""
        ends = time.monotonic() + PATIENCE
        as_htmx = {"HX-Request": "true"}
        answer = self._send(f"{page}/attempts", self._form({"method": "sandbox_approve"}), as_htmx)
        shown = answer.text
        while 'data-state="completed"' not in shown:
            if time.monotonic() > ends:
                raise CannotMeasure(f"a payment does not end: {shown}")
            if answer.status == 204:
                time.sleep(PAUSE)
            answer = self.get(_found(POLL, shown), **as_htmx)
            shown = answer.text or shown
        return shown

    def _see(self, path: str) -> str:
        answer = self.get(path)
        if answer.status != 200:
            raise CannotMeasure(f"{path} was answered with {answer.status}: {answer.text}")
        return answer.text


def _led_on(answer: Answer) -> str:
    """Where a form has led to."""
    if answer.status != 303:
        raise CannotMeasure(f"a form was answered with {answer.status}: {answer.text}")
    return answer.location


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise CannotMeasure(f"no {pattern.pattern} in {text}")
    return unescape(found[1])
