"""The machine's clock is set while the shop runs, as by a time server after a start with a wrong one."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interruptions import wrong_clock_shop
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# On PostgreSQL the drill sets the clock.
pytestmark = ON_SQLITE

# The first is less than what may be waited for, so no moment that it puts off shows that it was wrong.
MINUTES, HOUR, TWO_DAYS = 300, 3600, 2 * 86_400
# A round of the reconciler, a look at the clock, and two busy cores. In seconds.
SETTLED_WITHIN = 15.0


class ShopWithClock(RunningShop):
    @property
    def offset(self) -> Path:
        return self.folder / "offset"

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:  # type: ignore[override]
        """In a Python of its own: the clock is another before anything is loaded that could have looked at it."""
        asked = [sys.executable, wrong_clock_shop.__file__, str(self.offset), *command]
        with self.log.open("ab") as log:
            return subprocess.Popen(asked, env=self.environment, stdout=log, stderr=log, process_group=0)

    def set_clock(self, seconds: float) -> None:
        """So far ahead of the right time, or behind it, from now on."""
        written = self.offset.with_suffix(".new")
        written.write_text(str(seconds))
        written.replace(self.offset)

    def was_told(self) -> bool:
        return "the clock of this machine was set" in self.log.read_text()


@pytest.fixture
def new_clocked_shop(new_shop: Callable[..., ShopWithClock]) -> Iterator[Callable[[float], ShopWithClock]]:
    """Starts a shop whose clock is so many seconds ahead; in the end it is right again, and so are the books."""
    shops: list[ShopWithClock] = []

    def start(seconds: float) -> ShopWithClock:
        shops.append(new_shop(ShopWithClock, payment_timeout=1))
        shops[-1].set_clock(seconds)
        shops[-1].start()
        return shops[-1]

    yield start
    for shop in shops:
        shop.stop()


def in_the_dark(shopper: Visitor) -> str:
    session = shopper.order()
    shopper.pay(session, "sandbox_timeout_charged")
    shopper.wait_until(session, "checking")
    return session


@pytest.mark.parametrize("ahead", [HOUR, TWO_DAYS])
def test_a_clock_that_is_set_back_keeps_no_payment_waiting(
    new_clocked_shop: Callable[[float], ShopWithClock], ahead: float
) -> None:
    shop = new_clocked_shop(ahead)
    before = in_the_dark(shop.visitor())
    shop.set_clock(0)
    shopper = shop.visitor()
    after = shopper.order()
    shopper.pay(after, "sandbox_lost_reply")
    for session in (before, after):
        assert shop.visitor().wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"
        assert len(shop.charges(session)) == 1
    wait_for(shop.was_told)


def test_a_clock_that_is_set_forward_keeps_no_payment_waiting(
    new_clocked_shop: Callable[[float], ShopWithClock],
) -> None:
    shop = new_clocked_shop(0)
    session = in_the_dark(shop.visitor())
    shop.set_clock(TWO_DAYS)
    assert shop.visitor().wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"


@pytest.mark.parametrize("ahead", [MINUTES, TWO_DAYS])
def test_a_shop_that_was_stopped_while_its_clock_was_set_back_finds_what_is_due(
    new_clocked_shop: Callable[[float], ShopWithClock], ahead: float
) -> None:
    shop = new_clocked_shop(ahead)
    shopper = shop.visitor()
    session = shopper.order()
    shopper.pay(session, "sandbox_timeout_charged")
    wait_for(lambda: shop.charges(session))
    shop.kill()
    shop.set_clock(0)
    shop.start()
    assert shop.visitor().wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"


def test_a_browser_stays_who_it_is_when_the_clock_is_set_back(
    new_clocked_shop: Callable[[float], ShopWithClock],
) -> None:
    shop = new_clocked_shop(HOUR)
    shopper = shop.visitor()
    shopper.put_into_cart("teapot")
    shop.set_clock(0)
    answer = shopper.check_out()
    assert answer.status == 303
    assert "/pay/" in answer.location
