"""The course of an owner's drill: a copy of the shop opens, the scenarios are played one after the other, and the books
are read."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path

from smartcart.drill import scenarios, verdicts
from smartcart.drill.books import Books
from smartcart.drill.browser import Browser
from smartcart.drill.catalogue import Catalogue
from smartcart.drill.gateways import Keys, OfSandbox, OfStripe
from smartcart.drill.mail_server import MailServer
from smartcart.drill.processes import SETTINGS, Shop
from smartcart.drill.receiver import open_receiver
from smartcart.drill.scenarios import Played, Stage
from smartcart.drill.settling import last_look, let_time_pass, wait_while
from smartcart.drill.shoppers import Place
from smartcart.drill.verdicts import Part, Scene, Stock
from smartcart.rules.drills import Scenario, Timing

# Payments that are left to themselves, and letters that are put off, have so long each time, in seconds.
SETTLED_WITHIN = 30.0
# What comes before the first scenario, and after the last.
OPENING, TIME_PASSES, READING = "opening", "time_passes", "reading"

# Told at each step: its name, the how manieth it is, and of how many.
Tell = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Order:
    """What is to be drilled: which scenarios, with what on sale, in which times; at Stripe where there are keys; in a
    `database` that was made for it and is empty, or in a file of SQLite's."""

    scenarios: Sequence[Scenario]
    catalogue: Catalogue
    currency: str
    timing: Timing
    keys: Keys | None = None
    database: str = ""


def run(folder: Path, order: Order, tell: Tell) -> list[Part]:
    """Drill a copy in an empty folder, and leave none of its processes.

    Raises processes.ShopEnded when a process of the shop ends by itself, or a command of it fails.
    """
    steps = [OPENING, *order.scenarios, TIME_PASSES, READING]

    def step(name: str) -> None:
        tell(name, steps.index(name) + 1, len(steps))

    gateway = OfStripe(order.keys) if order.keys else OfSandbox()
    mail_server = MailServer()
    settings = {**_settings(order), **gateway.settings, **mail_server.settings}
    database = order.database or f"sqlite:///{folder / 'shop.sqlite3'}"
    shop = Shop(folder, database, web=1, workers=0, settings=settings)
    books = Books(shop.database, shop.ledger, shop.other_ledger)
    with ExitStack() as at_the_end:
        at_the_end.callback(mail_server.close)
        at_the_end.callback(books.close)
        at_the_end.callback(shop.kill)
        step(OPENING)
        receiver = at_the_end.enter_context(open_receiver())
        shop.command("migrate")
        on_shelf = order.catalogue.fill(shop.database)
        key = shop.command("api-key", "create", "drill").strip()
        shop.start()
        played: dict[Scenario, Played] = {}
        home = Place(shop.addresses, key, working_card=partial(gateway.method, "sandbox_approve"))
        stage = Stage(shop, books, home, receiver, gateway, mail_server)
        for scenario, goods in zip(order.scenarios, cycle(order.catalogue.goods(gateway.refuses)), strict=False):
            step(scenario)
            place = replace(home, product=goods.slug, address=goods.address)
            played[scenario] = scenarios.play(scenario, replace(stage, place=place))
        step(TIME_PASSES)
        wait_while(books.unsettled, SETTLED_WITHIN)
        let_time_pass(shop, books, SETTLED_WITHIN)
        step(READING)
        read = _books(stage, played, on_shelf)
        of_gateway = gateway.charges()
        return verdicts.judge(_scenes(played), read if of_gateway is None else replace(read, charges=of_gateway))


def _settings(order: Order) -> dict[str, object]:
    """Nothing of the real shop's but its currency and its times; and webhooks may go to this machine."""
    timing = {name.upper(): value for name, value in vars(order.timing).items()}
    return {**SETTINGS, **timing, "CURRENCY": order.currency, "WEBHOOK_NETWORKS": "127.0.0.0/8"}


def _scenes(played: dict[Scenario, Played]) -> list[Scene]:
    return [
        Scene(
            scenario,
            each.sessions,
            each.happened,
            each.unfinished,
            [error for story in each.stories for error in story.errors],
        )
        for scenario, each in played.items()
    ]


def _books(stage: Stage, played: dict[Scenario, Played], on_shelf: int) -> verdicts.Books:
    shop, books = stage.shop, stage.books
    look = last_look(shop, [session.session for session in books.sessions()])
    program = Browser(*shop.addresses, key=stage.place.key)
    told = played[Scenario.WEBHOOKS_LOST].sessions if Scenario.WEBHOOKS_LOST in played else []
    events = {session: scenarios.events_of(program, [session]) for session in told}
    shop.kill()
    sights = [sight for each in played.values() for story in each.stories for sight in story.sights]
    audit = json.loads(shop.command("audit", "--json", codes=(0, 1)))["differences"]
    return verdicts.Books(
        sessions=books.sessions(),
        charges=books.charges(),
        held=books.held(),
        sights=[*sights, *look.sights],
        mails=books.mails(stage.mail_server, shop.killed_at),
        clocks=shop.clocks,
        audit=[(each["session"], f"{each['verdict']}: session {each['session']}: {each['detail']}") for each in audit],
        events=events,
        received=stage.receiver.received,
        stock=Stock(on_shelf, books.stock(), books.ordered()),
    )
