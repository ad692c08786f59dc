"""Webhooks at shops in processes of their own, which die by kill -9, and of which there may be two."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.interruptions.test_killed_server import CrashingShop, pay_until_death
from tests.stripe.letters import SECRET, sent_by, sign
from tests.support.databases import Databases
from tests.support.ports import free_port
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import CHALLENGE
from tests.support.waiting import wait_for

# A shop starts in two seconds on an idle machine; Stripe tries again ten times a second.
LIMIT = 40.0


@pytest.fixture
def new_shop(
    databases: Databases, prepared_database: str, stripe: StripeServer, tmp_path: Path
) -> Iterator[Callable[..., CrashingShop]]:
    shops: list[RunningShop] = []

    def make(database: str = "") -> CrashingShop:
        folder = tmp_path / f"shop-{len(shops)}"
        folder.mkdir()
        database = database or databases.create(prepared_database)
        shops.append(CrashingShop(folder, database, stripe, stripe_webhook_secret=SECRET))
        return shops[-1]  # type: ignore[return-value]

    yield make
    for shop in shops:
        shop.abandon()


def state(shop: RunningShop, session: str) -> str:
    """As it is on record, past the shop: it is asked nothing."""
    return str(shop.rows("select state from payment_session where id = ?", session)[0][0])


def told(shop: RunningShop, session: str) -> list[str]:
    rows = shop.rows("select detail from payment_event where session_id = ? and kind = 'told'", session)
    return sorted(row[0] for row in rows)


def test_a_shop_that_died_with_the_answer_is_told_when_it_is_back(
    new_shop: Callable[..., CrashingShop], stripe: StripeServer
) -> None:
    shop = new_shop()
    shop.start("--no-schedule")
    at_its_next_start = free_port()  # what came before the shop died, nobody there would apply: that is the next test
    stripe.listen(f"http://127.0.0.1:{at_its_next_start}/webhooks/stripe", SECRET)
    visitor = shop.visitor()
    session = visitor.order()
    shop.die_when("the answer is to be written")
    pay_until_death(shop, visitor, session, stripe.token())
    assert state(shop, session) == "processing"
    shop.port, shop.url = at_its_next_start, f"http://127.0.0.1:{at_its_next_start}"
    shop.start("--no-schedule")  # nothing is at work there by itself
    wait_for(lambda: state(shop, session) == "completed", LIMIT)
    assert told(shop, session) == ["payment_intent.succeeded"]
    assert len(stripe.charges()) == 1


def test_what_was_kept_by_a_shop_that_died_of_it_is_applied_by_the_next(
    new_shop: Callable[..., CrashingShop], stripe: StripeServer
) -> None:
    shop = new_shop()
    shop.start("--no-schedule")
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session, stripe.token(CHALLENGE))
    visitor.wait_until(session, "action_required")
    stripe.confirm(str(shop.rows("select reference from payment_session where id = ?", session)[0][0]))
    shop.die_when("an event is kept")
    succeeded = next(body for body in sent_by(stripe) if '"payment_intent.succeeded"' in body)
    with pytest.raises((ConnectionError, URLError)):
        send(shop, succeeded)
    shop.wait_for_end()
    assert shop.rows("select fate from gateway_event") == [("waiting",)]
    worker = shop.spawn("worker")
    try:
        wait_for(lambda: shop.rows("select fate from gateway_event") == [("applied",)], LIMIT)
    finally:
        worker.kill()
        worker.wait(LIMIT)
    assert state(shop, session) == "completed"


def test_two_processes_are_told_the_same_at_the_same_moment(
    new_shop: Callable[..., CrashingShop], stripe: StripeServer
) -> None:
    shop = new_shop()
    shops = [shop, new_shop(shop.database)]
    for each in shops:
        each.start("--no-schedule")
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session, stripe.token())
    visitor.wait_until(session, "completed")
    bodies = sent_by(stripe)
    with ThreadPoolExecutor(4) as threads:
        for body in bodies:
            together = threading.Barrier(4)

            def at_once(each: CrashingShop, body: str = body, together: threading.Barrier = together) -> int:
                together.wait(LIMIT)
                return send(each, body)

            assert list(threads.map(at_once, [*shops, *shops])) == [200] * 4
    wait_for(lambda: shop.rows("select id from gateway_event where due_at is not null") == [], LIMIT)
    assert shop.rows("select count(*) from gateway_event") == [(len(bodies),)]
    assert told(shop, session) == ["payment_intent.succeeded"]
    assert state(shop, session) == "completed"


def send(shop: RunningShop, body: str) -> int:
    """A webhook as Stripe sends it; returns the status."""
    request = Request(f"{shop.url}/webhooks/stripe", body.encode(), {"Stripe-Signature": sign(body)})  # noqa: S310
    with urlopen(request, timeout=LIMIT) as answer:  # noqa: S310
        return int(answer.status)
