"""Payments on real pages while answers are lost, connections cut and the shop is killed; and all that the pages showed.

Each page is one tab of its own, looked at every half second. What it said is held against the gateway's books in the
end, as `smartcart drill` does it with the answers of the shop: here the answers may be lost, and the page speaks alone.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from playwright.sync_api import BrowserContext, Page, Route
from playwright.sync_api import Error as BrowserError

from smartcart.gateways.sandbox.ledger import Ledger
from tests.support.running import RunningShop

# So many tabs are open at once: more would wait for each other's two cores.
AT_ONCE = 5
# Between two looks at a page, in seconds.
LOOK = 0.5
# After this nobody waits for a payment to end any more; what was seen until then counts. In seconds.
LONGEST = 30.0
METHODS = ("approve", "slow", "decline", "timeout", "timeout_charged", "lost_reply", "unreachable_once", "unreachable")
# What the page says at this moment: of the money, and whether Pay can be pressed.
READ = """() => {
  const status = document.getElementById("payment-status");
  return status && [
    status.dataset.money, status.dataset.state, document.querySelector("#pay:enabled, #retry:enabled") !== null
  ];
}"""


@dataclass(frozen=True)
class Sight:
    """What a page showed; it was looked at no earlier than `at`, in seconds since 1970."""

    session: str
    at: float
    money: str
    offers_pay: bool = False


@dataclass
class Tab:
    """One payment on one page, by somebody with a bad network."""

    session: str
    page: Page
    chance: Random
    began: float = field(default_factory=time.monotonic)
    presses: int = 0
    offline_until: float = 0.0
    held: list[tuple[float, Route]] = field(default_factory=list)
    is_over: bool = False

    def go_on(self, sights: list[Sight]) -> None:
        """Look at the page, and do what somebody does who sees that."""
        self._mend()
        at = time.time()
        seen = self.page.evaluate(READ)
        if not seen:
            return
        money, state, offers_pay = seen
        sights.append(Sight(self.session, at, money, offers_pay))
        self.is_over = state in ("completed", "failed", "cancelled") or time.monotonic() - self.began > LONGEST
        if offers_pay and not self.is_over:
            self._act()

    def treat(self, route: Route) -> None:
        """What becomes of a press on its way."""
        fate = self.chance.choice(["arrives", "answer lost", "cut off", "slow", "answer lost and offline"])
        if fate == "arrives":
            route.continue_()
        elif fate == "slow":
            self.held.append((time.monotonic() + self.chance.uniform(0.5, 3), route))
        else:
            self._lose(route, fate)

    def _lose(self, route: Route, fate: str) -> None:
        if fate != "cut off":
            with suppress(BrowserError):  # nobody is there while the shop is killed
                route.fetch()
        if fate == "answer lost and offline":
            self.page.context.set_offline(True)
            self.offline_until = time.monotonic() + self.chance.uniform(1, 4)
        route.abort()

    def _mend(self) -> None:
        if self.offline_until and time.monotonic() > self.offline_until:
            self.offline_until = 0.0
            self.page.context.set_offline(False)
        for due, route in [each for each in self.held if each[0] < time.monotonic()]:
            self.held.remove((due, route))
            route.continue_()

    def _act(self) -> None:
        """Without waiting for anything: what was offered a moment ago may be gone."""
        if self.presses >= 4 or self.chance.random() < 0.1:
            press = "document.getElementById('cancel')?.click()"
        else:
            method = self.chance.choice(METHODS)
            press = f"""document.querySelector("[value=sandbox_{method}]")?.click();
                        document.querySelector("#pay:enabled, #retry:enabled")?.click()"""
        self.presses += 1
        self.page.evaluate(press)


def drill(
    shop: RunningShop, new_context: Callable[..., BrowserContext], payments: int, kills: int, seed: int
) -> list[Sight]:
    """Everything that the pages of so many payments showed, while the shop was killed so often."""
    chance, sights, begun = Random(seed), list[Sight](), 0  # noqa: S311  # repeats a drill; nothing secret
    kills_at = sorted(chance.sample(range(1, payments), min(kills, payments - 1)))
    tabs: list[Tab] = []
    while begun < payments or tabs:
        while begun < payments and len(tabs) < AT_ONCE:
            tabs.append(_open(shop, new_context, Random(chance.random())))  # noqa: S311
            begun += 1
        looked_at = time.monotonic()
        for tab in tabs:
            tab.go_on(sights)
        if kills_at and begun >= kills_at[0]:
            kills_at.pop(0)
            shop.kill()
            shop.start()
        for tab in [each for each in tabs if each.is_over]:
            tabs.remove(tab)
            tab.page.context.close()
        if tabs:  # lets the browser tell what came meanwhile, too
            tabs[0].page.wait_for_timeout(max(1.0, (looked_at + LOOK - time.monotonic()) * 1000))
    return sights


def untrue(shop: RunningShop, sights: list[Sight]) -> list[str]:
    """Moments in which a page denied a charge that was in the gateway's books, or offered to pay again."""
    charged_at = {charge.session: charge.charged_at.timestamp() for charge in Ledger(shop.ledger, time.time).charges()}
    return [
        f"session {sight.session}: {sight.at - charged_at[sight.session]:.2f} s after the charge the page said"
        f" {sight.money}{', and offered Pay' if sight.offers_pay else ''}"
        for sight in sights
        if charged_at.get(sight.session, sight.at + 1) <= sight.at and (sight.money == "not_taken" or sight.offers_pay)
    ]


def _open(shop: RunningShop, new_context: Callable[..., BrowserContext], chance: Random) -> Tab:
    page = new_context().new_page()
    tab = Tab(shop.visitor().order(), page, chance)
    page.route("**/attempts", tab.treat)
    page.route("**/cancel", tab.treat)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{shop.url}/pay/{tab.session}")
    return tab
