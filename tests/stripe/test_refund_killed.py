"""kill -9 while a refund is on its way to Stripe: the next start finds out what became of it, and it is made once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from smartcart.drill.browser import Browser
from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE  # a start takes seconds, and what is on record at that moment other tests show on both

# A shop starts in two seconds on an idle machine, and asks two seconds later.
LIMIT = 40.0


@pytest.fixture
def shop(databases: Databases, prepared_database: str, stripe: StripeServer, tmp_path: Path) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path, databases.create(prepared_database), stripe, payment_timeout=3)
    shop.start()
    yield shop
    shop.abandon()


@pytest.fixture
def paid(shop: RunningShop, stripe: StripeServer) -> str:
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session, stripe.token())
    visitor.wait_until(session, "completed", limit=LIMIT)
    return session


def is_on_record(shop: RunningShop, stripe: StripeServer) -> bool:
    """Our own books have it, and the gateway's not yet."""
    return bool(shop.rows("select id from refund"))


def is_made(shop: RunningShop, stripe: StripeServer) -> bool:
    return bool(stripe.all("refund"))


@pytest.mark.parametrize("moment", [is_on_record, is_made])
def test_it_is_made_once_and_written_down(
    shop: RunningShop, stripe: StripeServer, paid: str, moment: Callable[..., bool]
) -> None:
    office = Browser(shop.url, key=shop.command("api-key", "create", "office", "--admin").stdout.strip())
    stripe.take_long("POST /v1/refunds", 1.0)

    def ask() -> None:
        with suppress(OSError):  # nobody is left to answer
            office.call(f"/session/{paid}/refund", amount=1000)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(ask)
        wait_for(lambda: moment(shop, stripe), LIMIT)
        shop.kill()
    shop.start()
    refunded = "select state, refunded from payment_session where id = ?"
    wait_for(lambda: shop.rows(refunded, paid) == [("completed", 1000)], LIMIT)
    assert [refund["amount"] for refund in stripe.all("refund")] == [1000]
    assert shop.rows("select amount, state from refund") == [(1000, "made")]
    assert shop.audit() == []
