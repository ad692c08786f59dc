"""The pages of the shop: what each costs the server, of Flask with a constant page of the same size.

In processor time, which holds on a machine that does other things as well. Each page is asked for by a shopper who has
been here before: the payment and the order by one with an order to be paid, the others by one with a cart.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple
from urllib.request import Request, urlopen

from sqlalchemy import select, update

from bench import yardsticks
from bench.figures import Figure, interleaved, microseconds, ratio
from bench.load import processor_seconds_a_request
from bench.rig import DATABASES, Rig
from bench.sessions import tidy
from smartcart.database.session import db, execute, writing
from smartcart.payments.core.models import IS_OPEN, PaymentSession
from smartcart.payments.flow import opening
from smartcart.shop import cart, demo
from smartcart.shop.models import Order, OrderStatus, Product

# Others have been here, too: what a page looks up is found among theirs.
SESSIONS = 1000
# As those who run a shop have it: reading is not limited, but that has to be found out.
LIMIT = "120 per minute"
FEW, SOME, MANY = 1, 3, 8
OF_MANY = f"payment page of an order of {MANY} lines"
AT_MOST = {"payment page": 6.0, "catalogue": 4.0, "product": 4.0, "cart": 4.0, "order": 4.0}
MORE_LINES_AT_MOST = 1.1
BUYER, COLLECTOR, BROWSING = (name.ljust(32, "0") for name in ("buyer", "collector", "browsing"))


class Asked(NamedTuple):
    """A page, and what the browser of who asks for it sends along."""

    path: str
    headers: dict[str, str]


def figures(rig: Rig) -> Iterator[Figure]:
    """The cost of each page, of bare Flask; and that of a payment page with many lines, of one with one."""
    for database in DATABASES:
        url = rig.database(database, filled_with=SESSIONS)
        pages = furnished(rig, url)
        found = _costs(rig, rig.shop(url, rate_limit=LIMIT), pages)
        for name, at_most in AT_MOST.items():
            yield _figure(f"{name}, of bare Flask", database, found[name], found[_bare(name)], at_most)
        yield _figure(f"{OF_MANY}, of {FEW}", database, found[OF_MANY], found["payment page"], MORE_LINES_AT_MOST)


def furnished(rig: Rig, url: str) -> dict[str, Asked]:
    """The pages by name, of a shop in which shoppers have ordered, and filled a cart."""
    app = rig.app(url)
    with app.app_context():
        demo.fill_empty_catalogue()
        _let_go_of_ended_orders()
        _part_shoppers()
        payment, of_many = _order(BUYER, FEW), _order(COLLECTOR, MANY)
        _fill_cart(BROWSING, SOME)
        order = db.session.scalars(select(Order.token).where(Order.shopper == BUYER)).one()
        db.session.remove()
        tidy(db.engine)
        db.engine.dispose()
    paths = {
        "payment page": (f"/pay/{payment}", BUYER),
        OF_MANY: (f"/pay/{of_many}", COLLECTOR),
        "order": (f"/orders/{order}", BUYER),
        "catalogue": ("/", BROWSING),
        "product": ("/products/stoneware-mug", BROWSING),
        "cart": ("/cart", BROWSING),
    }
    return {name: Asked(path, {"Cookie": rig.cookie(shopper)}) for name, (path, shopper) in paths.items()}


def _let_go_of_ended_orders() -> None:
    """Half of those on record have an open payment still, and so hold something; as in a rush."""
    open_ones = select(PaymentSession.order_id).where(IS_OPEN)
    with writing():
        execute(update(Order).where(Order.id.not_in(open_ones)).values(status=OrderStatus.UNPAID))


def _part_shoppers() -> None:
    """Each of those on record is somebody else's, as in a shop. Where one shopper has had a thousand, PostgreSQL plans
    anew for each page how to find those to show, which takes it five times as long as to find them.
    """
    with writing():
        execute(update(Order).values(shopper=Order.token))
        execute(update(PaymentSession).values(owner=PaymentSession.id))


def _order(shopper: str, lines: int) -> str:
    """The id of the session of an order that is to be paid."""
    _fill_cart(shopper, lines)
    return opening.place_and_open(shopper, "Ada Lovelace", f"{shopper}@example.org", "http://127.0.0.1")


def _fill_cart(shopper: str, lines: int) -> None:
    """One each of the first products."""
    with writing():
        for product in db.session.scalars(select(Product).order_by(Product.id).limit(lines)).all():
            product.stock += 1  # of some there are none left
            cart.add(shopper, product, 1)


def _costs(rig: Rig, shop: str, pages: dict[str, Asked]) -> dict[str, list[float]]:
    """The cost of each page in seconds, and that of each size of it at bare Flask, round by round."""
    sizes = {name: _size(shop, page) for name, page in pages.items()}
    bare = yardsticks.bare_flask(rig, *sizes.values())
    cost = partial(processor_seconds_a_request, rig)
    measures = {}
    for name, page in pages.items():  # each beside what it is compared with: the machine is not the same a minute later
        measures[name] = partial(cost, shop, page.path, page.headers)
        if name in AT_MOST:
            measures[_bare(name)] = partial(cost, bare, f"/{sizes[name]}", {})
    interleaved(measures, 1)  # not counted: each thread opens its connection, each template is read
    return interleaved(measures, rig.rounds)


def _size(shop: str, page: Asked) -> int:
    """In bytes. Raises HTTPError: what is fast and wrong is not measured."""
    with urlopen(Request(shop + page.path, headers=page.headers)) as answer:  # noqa: S310  # our own server
        return len(answer.read())


def _bare(name: str) -> str:
    return f"bare {name}"


def _figure(name: str, database: str, measured: list[float], yardstick: list[float], at_most: float) -> Figure:
    return Figure(
        name, database, ratio(measured, yardstick), microseconds(measured), microseconds(yardstick), at_most=at_most
    )
