"""What the owner's drill does to the shop, a function each, with the shoppers who pay meanwhile."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from threading import Event

from smartcart.drill.books import Books
from smartcart.drill.browser import Browser
from smartcart.drill.gateways import DrilledGateway
from smartcart.drill.mail_server import MailServer
from smartcart.drill.plans import Act, AtTheBank, Plan, Try
from smartcart.drill.processes import Shop
from smartcart.drill.receiver import Receiver
from smartcart.drill.settling import wait_while
from smartcart.drill.shoppers import Place, Shopper, Story
from smartcart.rules.drills import Scenario

# A shopper who has not been told where the money is by then goes home, in seconds. On two idle cores it takes five.
LONGEST = 40.0
# For what comes by itself within a second or two on an idle machine: a payment on its way, a letter that fails.
SOON = 15.0
# The first delivery of an event that failed is sent again after 5 s (rules.merchant_webhooks.WAITS).
REDELIVERED = 20.0
# So that no two scenarios' merchants name an order alike.
OF_EACH = 100
TICK = 0.02


@dataclass(frozen=True)
class Stage:
    """Where a scenario is played: the shop, its books, its gateway and its mail server, where its shoppers are, and the
    system of its merchant."""

    shop: Shop
    books: Books
    place: Place
    receiver: Receiver
    gateway: DrilledGateway
    mail_server: MailServer


@dataclass(frozen=True)
class Played:
    """What the shoppers lived through, how many of them were sent home, and how often the thing itself has happened."""

    stories: Sequence[Story]
    unfinished: int
    happened: int

    @property
    def sessions(self) -> list[str]:
        return [session for story in self.stories for session in story.sessions]


Meanwhile = Callable[[], None]


def play(scenario: Scenario, stage: Stage) -> Played:
    """Raises processes.ShopEnded when a process of the shop ends by itself."""
    return PLAYS[scenario](stage, _plans(scenario, stage.gateway))


def _time_out(stage: Stage, plans: Sequence[Plan]) -> Played:
    """The gateway takes the money, or not, and never answers."""
    stories, unfinished = _pay(stage, plans)
    return Played(stories, unfinished, stage.books.interrupted_by("timeout", _sessions(stories)))


def _lose_replies(stage: Stage, plans: Sequence[Plan]) -> Played:
    """The gateway takes the money, and the connection breaks before it has said so."""
    stories, unfinished = _pay(stage, plans)
    return Played(stories, unfinished, stage.books.interrupted_by("network_error", _sessions(stories)))


def _crash(stage: Stage, plans: Sequence[Plan]) -> Played:
    """kill -9 while payments are with the gateway, and the shop begins again."""
    struck: list[int] = []

    def strike() -> None:
        ends = time.monotonic() + SOON
        while not (with_gateway := stage.books.with_gateway()) and time.monotonic() < ends:
            time.sleep(TICK)
        stage.shop.kill()
        struck.append(with_gateway)
        stage.shop.start()

    stories, unfinished = _pay(stage, plans, strike)
    return Played(stories, unfinished, sum(struck))


def _press_twice(stage: Stage, plans: Sequence[Plan]) -> Played:
    """Pay is pressed more than once at the same moment: in one browser, in two, and by a program."""
    stories, unfinished = _pay(stage, plans)
    return Played(stories, unfinished, sum(story.presses - 1 for story in stories))


def _be_out_of_reach(stage: Stage, plans: Sequence[Plan]) -> Played:
    """The connection to the gateway is refused; later it is there again."""
    before = stage.books.unsent()
    with ExitStack() as outage:
        outage.enter_context(stage.gateway.outage())

        def be_back() -> None:
            wait_while(lambda: stage.books.unsent() == before, SOON)
            outage.close()

        stories, unfinished = _pay(stage, plans, be_back)
    return Played(stories, unfinished, stage.books.unsent() - before)


def _lose_webhooks(stage: Stage, plans: Sequence[Plan]) -> Played:
    """The gateway tells nothing by itself, nobody looks, and the merchant's system loses what it is told first."""
    program = Browser(*stage.shop.addresses, key=stage.place.key)
    made = program.call("/webhooks", url=stage.receiver.url)
    stage.receiver.secret = made.json["secret"]
    stories, unfinished = _pay(stage, plans)
    wait_while(lambda: stage.books.unsettled_of(_sessions(stories)), SOON)
    wait_while(lambda: events_of(program, _sessions(stories)) - stage.receiver.taken, REDELIVERED)
    return Played(stories, unfinished, len(stage.receiver.lost))


def _lose_mail(stage: Stage, plans: Sequence[Plan]) -> Played:
    """The mail server refuses every connection while people pay, and then it is there again."""
    with stage.mail_server.outage():
        stories, unfinished = _pay(stage, plans)
        mine = _sessions(stories)
        wait_while(lambda: stage.books.letters_failed(mine) < len(mine), SOON)
        failed = stage.books.letters_failed(mine)
    return Played(stories, unfinished, failed)


def events_of(program: Browser, sessions: Sequence[str]) -> set[str]:
    """The ids of what the feed tells a merchant of these sessions."""
    found: set[str] = set()
    after = 0
    while (told := program.get(f"/api/payments/events?after={after}").json)["events"]:
        found |= {event["id"] for event in told["events"] if event["data"]["session"]["id"] in sessions}
        after = told["next"]
    return found


def _pay(stage: Stage, plans: Sequence[Plan], meanwhile: Meanwhile | None = None) -> tuple[list[Story], int]:
    """All shoppers at once. Returns what they lived through, and how many had to be sent home."""
    place = replace(stage.place, over=Event())
    with ThreadPoolExecutor(len(plans)) as crowd:
        try:  # from the first on: who is left when it is cut off is waited for, and must be sent home
            paying = [crowd.submit(Shopper(plan, place).pay) for plan in plans]
            if meanwhile:
                meanwhile()
            unfinished = _wait_for(paying, stage.shop)
        except BaseException:
            stage.shop.kill()  # nobody waits for an answer then
            raise
        finally:
            place.over.set()
    return [future.result() for future in paying], unfinished


def _wait_for(paying: Sequence[Future[Story]], shop: Shop) -> int:
    ends = time.monotonic() + LONGEST
    while (left := sum(not future.done() for future in paying)) and time.monotonic() < ends:
        shop.must_run()
        time.sleep(TICK)
    return left


def _sessions(stories: Sequence[Story]) -> list[str]:
    return [session for story in stories for session in story.sessions]


# Who pays in a scenario: by which method first, what they do meanwhile, and whether by key. A payment that came to
# nothing is paid again with a card that works.
SHOPPERS: dict[Scenario, Sequence[tuple[str, Act, bool]]] = {
    Scenario.TIMEOUT_AFTER_CHARGE: (
        ("sandbox_timeout_charged", Act.WAIT, False),
        ("sandbox_timeout_charged", Act.PAY_AGAIN, False),
        ("sandbox_timeout_charged", Act.WAIT, True),
        ("sandbox_timeout", Act.RELOAD, False),
    ),
    Scenario.LOST_REPLY: (
        ("sandbox_lost_reply", Act.WAIT, False),
        ("sandbox_lost_reply", Act.CANCEL, False),
        ("sandbox_lost_reply", Act.PAY_AGAIN, True),
    ),
    Scenario.CRASH: (
        ("sandbox_slow", Act.WAIT, False),
        ("sandbox_timeout_charged", Act.WAIT, True),
        ("sandbox_approve", Act.RELOAD, False),
        ("sandbox_timeout", Act.WAIT, False),
    ),
    Scenario.DOUBLE_PRESS: (
        ("sandbox_approve", Act.DOUBLE_CLICK, False),
        ("sandbox_approve", Act.SECOND_DEVICE, False),
        ("sandbox_approve", Act.PAY_AGAIN, False),
        ("sandbox_approve", Act.DOUBLE_CLICK, True),
    ),
    Scenario.GATEWAY_DOWN: (
        ("sandbox_unreachable", Act.WAIT, False),
        ("sandbox_unreachable_once", Act.WAIT, False),
        ("sandbox_unreachable", Act.DOUBLE_CLICK, True),
    ),
    Scenario.WEBHOOKS_LOST: (
        ("sandbox_lost_reply", Act.GO_AWAY, True),
        ("sandbox_timeout_charged", Act.GO_AWAY, True),
        ("sandbox_approve", Act.WAIT, True),
    ),
    Scenario.MAIL_DOWN: (
        ("sandbox_approve", Act.WAIT, False),
        ("sandbox_lost_reply", Act.WAIT, False),
    ),
}
PLAYS: dict[Scenario, Callable[[Stage, Sequence[Plan]], Played]] = {
    Scenario.TIMEOUT_AFTER_CHARGE: _time_out,
    Scenario.LOST_REPLY: _lose_replies,
    Scenario.CRASH: _crash,
    Scenario.DOUBLE_PRESS: _press_twice,
    Scenario.GATEWAY_DOWN: _be_out_of_reach,
    Scenario.WEBHOOKS_LOST: _lose_webhooks,
    Scenario.MAIL_DOWN: _lose_mail,
}


def _plans(scenario: Scenario, gateway: DrilledGateway) -> list[Plan]:
    first = OF_EACH * list(Scenario).index(scenario)
    return [
        Plan(first + number, by_key, orders_again=False, tries=_tries(gateway, method, act))
        for number, (method, act, by_key) in enumerate(SHOPPERS[scenario])
    ]


def _tries(gateway: DrilledGateway, method: str, act: Act) -> tuple[Try, ...]:
    methods = ((method, act), ("sandbox_approve", Act.WAIT))
    return tuple(Try(gateway.method(name), doing, AtTheBank.CONFIRM) for name, doing in methods)
