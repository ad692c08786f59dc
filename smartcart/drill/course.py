"""The course of a drill: the shop opens, shoppers come, processes die and come back, and the books are read."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from smartcart.drill import judgement, letters, plans
from smartcart.drill.books import Books
from smartcart.drill.browser import Browser
from smartcart.drill.gate import Gate
from smartcart.drill.mailbox import Folder
from smartcart.drill.plans import MoneyBack
from smartcart.drill.processes import LIFETIME, MAX_ATTEMPTS, Shop
from smartcart.drill.report import Report
from smartcart.drill.settling import last_look, let_time_pass, set_clock, wait_while
from smartcart.drill.shoppers import Place, Shopper, Story
from smartcart.drill.stalls import Stalls
from smartcart.drill.switch import switch

# At once; enough to keep two cores busy.
SHOPPERS = 25
# What is not ended so long after the last kill and the last shopper is stuck, in seconds: a session's whole lifetime,
# and more for a machine that is busy with other things.
SETTLED_WITHIN = LIFETIME + 40.0
# A drill that takes longer is given up, in seconds: at least, and more for each payment and each kill.
LIMIT, LIMIT_PER_PAYMENT, LIMIT_PER_KILL = 120.0, 1.0, 10.0
TICK = 0.02

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Size:
    """How large a drill is to be; the same seed repeats its choices."""

    seed: int
    payments: int
    kills: int

    @property
    def limit(self) -> float:
        """Seconds."""
        return LIMIT + LIMIT_PER_PAYMENT * self.payments + LIMIT_PER_KILL * self.kills


@dataclass
class Play:
    """What is played with: the shop, its books, a merchant's key and an admin's; and what came of it so far."""

    shop: Shop
    books: Books
    key: str
    owner_key: str
    gate: Gate = field(default_factory=Gate)
    counted: Counter[str] = field(default_factory=Counter)
    wrong_elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def run(shop: Shop, size: Size, progress: Progress) -> Report:
    """Drill a shop that is there and empty, and leave none of its processes. `progress` is told how many have paid.

    Raises processes.ShopEnded when a process of the shop ends by itself, or a command of it fails.
    """
    began = time.monotonic()
    books = Books(shop.database, shop.ledger, shop.other_ledger)
    try:
        shop.command("migrate")
        stock = size.payments * 10  # a shopper orders one or two, a few times over
        books.put_on_sale(stock)
        key = shop.command("api-key", "create", "drill").strip()
        owner_key = shop.command("api-key", "create", "owner", "--admin").strip()
        shop.start()
        play = Play(shop, books, key, owner_key)
        with Stalls(shop.addresses, size.seed) as stalls:
            stories, unfinished = _play(play, size, progress)
            _settle(shop, books)
            failed = _fail_refunds(shop, books, stories)
            let_time_pass(shop, books, SETTLED_WITHIN)
        stories.append(last_look(shop, [session.session for session in books.sessions()]))
        shop.kill()
        play.counted["stalls"] = stalls.begun
        play.failed = failed
        return _report(play, size, stories, unfinished, stock, time.monotonic() - began)
    finally:
        shop.kill()
        books.close()


def _play(play: Play, size: Size, progress: Progress) -> tuple[list[Story], int]:
    """What the shoppers lived through, and how many had to go home when the drill ran into its limit."""
    place = Place(play.shop.addresses, play.key, play.owner_key, play.gate)
    begun: list[int] = []

    def pay(plan: plans.Plan) -> Story:
        return Shopper(plan, place, partial(begun.append, plan.number)).pay()

    with ThreadPoolExecutor(SHOPPERS) as crowd:
        paying = [crowd.submit(pay, plan) for plan in plans.plans(size.seed, size.payments)]
        try:
            unfinished = _kill_on_the_way(play, size, begun, paying, progress)
        except BaseException:
            play.shop.kill()  # nobody waits for an answer then
            raise
        finally:
            place.over.set()  # nobody is left by now, unless the drill has run into its limit or was cut off
            crowd.shutdown(cancel_futures=True)
    return [future.result() for future in paying if not future.cancelled()], unfinished


def _kill_on_the_way(
    play: Play, size: Size, begun: Sequence[int], paying: Sequence[Future[Story]], progress: Progress
) -> int:
    """Kill one process after the other when its moment has come, each once it is back from the kill before.

    Returns how many shoppers are still on the way when the drill has run into its limit.
    """
    ends, shop = time.monotonic() + size.limit, play.shop
    to_come = deque(plans.kills(size.seed, size.kills, size.payments, len(shop.processes)))
    while (done := sum(future.done() for future in paying)) < size.payments or to_come:
        shop.must_run()
        progress(done)
        if to_come and len(begun) >= to_come[0].after and shop.processes[to_come[0].process].is_ready():
            _strike(play, to_come.popleft())
        if time.monotonic() > ends:
            break
        time.sleep(TICK)
    progress(done)
    return size.payments - done


def _strike(play: Play, kill: plans.Kill) -> None:
    """Kill one process, or all when the clock or the gateway's books change."""
    if kill.is_switch:
        play.counted["switches"] += 1
        pressed, wrong = switch(play.shop, play.books, play.owner_key, play.gate)
        play.counted["presses meanwhile"] += pressed
        play.wrong_elsewhere += wrong
    elif kill.clock != play.shop.clock:
        play.counted["wrong clocks"] += kill.clock != 0
        set_clock(play.shop, kill.clock)
    else:
        victim = play.shop.processes[kill.process]
        victim.kill()
        victim.start()


def _settle(shop: Shop, books: Books) -> None:
    """Wait until every session has come to an end, but for those that a wrong clock has given more time."""
    if shop.clock:
        set_clock(shop, 0)
    wait_while(lambda: books.under_way(LIFETIME), SETTLED_WITHIN)


def _fail_refunds(shop: Shop, books: Books, stories: Sequence[Story]) -> list[str]:
    """Let some of the money that was given back come back to the gateway, and the owner look into its books.

    Returns the ids of its sessions.
    """
    failed = books.fail_refunds([session for session, back in _refunds(stories) if back is MoneyBack.FAILS_LATER])
    if failed:
        shop.wait()
        owner = Browser(shop.addresses[0])
        owner.sign_in(shop.admin_password)
        owner.post("/admin/inbox/look")
        wait_while(lambda: judgement.refund_failures_missed(failed, books.sessions()), SETTLED_WITHIN)
    return failed


def _refunds(stories: Sequence[Story]) -> list[tuple[str, MoneyBack]]:
    return [refund for story in stories for refund in story.refunded.items()]


def _report(play: Play, size: Size, stories: Sequence[Story], unfinished: int, stock: int, seconds: float) -> Report:
    """The last of the `stories` is that of the last look."""
    books, cut_short = play.books, [session for story in stories for session in story.cut_short]
    sights = [sight for story in stories for sight in story.sights]
    sessions, charges, held = books.sessions(), books.charges(), books.held()
    owed = letters.owed(sessions, charges, [sight for story in stories[:-1] for sight in story.sights])
    mails, clocks = books.mails(Folder(play.shop.mails)), play.shop.clocks
    audit = json.loads(play.shop.command("audit", "--json", codes=(0, 1)))["differences"]
    return Report(
        seed=size.seed,
        payments=size.payments,
        attempts=books.attempts(),
        kills=size.kills,
        seconds=round(seconds, 1),
        longest_time_to_the_truth=round(max(chain.from_iterable(story.waits for story in stories), default=0.0), 2),
        answers_judged=len(sights),
        letters_judged=dict(Counter(mail.kind for mail in mails)),
        played={
            **play.counted,
            "cut posts": 2 * len(cut_short),
            "refunds": len(_refunds(stories)),
            "refunds that failed": len(play.failed),
        },
        interruptions=books.interruptions(),
        sessions=books.ends(),
        broken={
            "charged twice": judgement.charged_twice(sessions, charges),
            "lost": judgement.lost(sessions, charges),
            "stuck": judgement.stuck(sessions)
            + ([f"{unfinished} shoppers were still on the way after {size.limit:.0f} s"] if unfinished else []),
            "ended by an outage": judgement.ended_by_an_outage(sessions, MAX_ATTEMPTS),
            "wrong on the page": judgement.untrue(sights, charges, held),
            "wrong in a letter": judgement.untrue(letters.sights(mails, clocks), charges, held)
            + letters.say_nothing(mails),
            "paid and asked to pay": letters.asked_though_paid(mails, sessions, charges, clocks),
            "letters missing": letters.missing(sessions, charges, mails)
            + letters.refunds_not_told(sessions, charges, play.failed, mails)
            + letters.not_told(owed, mails)
            + letters.left(mails),
            "done by cut posts": judgement.done_by_cut_posts(cut_short, sessions),
            "moved elsewhere": [
                *play.wrong_elsewhere,
                *(f"session {session}: charged there" for session in books.charged_elsewhere()),
            ],
            "failed refunds missed": judgement.refund_failures_missed(play.failed, sessions),
            "stock wrong": judgement.stock_wrong(stock, books.stock(), books.ordered()),
            "audit": [f"{found['verdict']}: session {found['session']}: {found['detail']}" for found in audit],
            "server errors": [error for story in stories for error in story.errors],
        },
    )
