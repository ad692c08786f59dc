"""The gateway is out of reach for everybody: a running shop sees it by itself, and that it is back."""

from pathlib import Path

from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE
# In seconds: it is looked at every 3 s, and three answers in a row, a probe each, end it. The rest is a busy machine.
LIMIT = 60.0


def test_a_shop_sees_that_the_gateway_is_out_and_that_it_is_back(
    databases: Databases, prepared_database: str, tmp_path: Path
) -> None:
    shop = RunningShop(tmp_path, databases.create(prepared_database), weather="on")
    shop.start()
    try:
        waits = shop.visitor()
        kept = waits.order()
        before = waits.session(kept)["expires_at"]
        for _ in range(5):
            visitor = shop.visitor()
            visitor.pay(visitor.order(), "sandbox_unreachable")
        wait_for(lambda: changes(shop) == ["out", "fair"], LIMIT)
        assert waits.session(kept)["expires_at"] > before
        waits.pay(kept, "sandbox_approve")
        waits.wait_until(kept, "completed")
    finally:
        shop.abandon()


def changes(shop: RunningShop) -> list[str]:
    return [weather for (weather,) in shop.rows("select weather from weather_change order by at")]
