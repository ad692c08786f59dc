"""At no moment does a page say "not taken" of money that was, or offer Pay, whatever is lost, cut off or killed."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from smartcart.gateways.sandbox.ledger import Ledger
from tests.browser.conftest import base_url, browser_context_args, browser_type_launch_args
from tests.drill.page_drill import Sight, drill, untrue
from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

__all__ = ["base_url", "browser_context_args", "browser_type_launch_args"]

# A short one by default; for a long one: SMARTCART_TEST_PAGE_PAYMENTS=200 SMARTCART_TEST_SEED=…
PAYMENTS = int(os.environ.get("SMARTCART_TEST_PAGE_PAYMENTS", "5"))
SEED = int(os.environ.get("SMARTCART_TEST_SEED", "20261128"))


# On PostgreSQL `smartcart drill` kills the shop, and judges what is shown.
pytestmark = ON_SQLITE


@pytest.fixture
def shop(databases: Databases, prepared_database: str, tmp_path: Path) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path, databases.create(prepared_database), retry_delay=1, poll_interval=1)
    shop.start()
    yield shop
    shop.abandon()


def test_what_pages_show_under_lost_answers_cuts_and_kills_denies_no_charge(
    shop: RunningShop, new_context: Callable[..., BrowserContext]
) -> None:
    sights = drill(shop, new_context, PAYMENTS, kills=-(-PAYMENTS // 8), seed=SEED)
    assert len(sights) > 4 * PAYMENTS, "hardly anything was seen"
    wait_for(lambda: not shop.audit(), 60.0)
    assert untrue(shop, sights) == []
    print(f"{PAYMENTS} payments, seed {SEED}: {len(sights)} looks at pages, {len(shop.charges())} charges, none denied")


def test_the_judge_sees_a_charge_denied_and_pay_offered_after_it(shop: RunningShop) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session)
    visitor.wait_until(session, "completed")
    [charge] = Ledger(shop.ledger, time.time).charges()
    at = charge.charged_at.timestamp()
    before, after = Sight(session, at - 1, "not_taken", offers_pay=True), Sight(session, at + 1, "taken")
    assert untrue(shop, [before, after, replace(after, money="checking"), replace(before, session="another")]) == []
    for sight in (replace(after, money="not_taken"), replace(after, offers_pay=True)):
        assert len(untrue(shop, [before, after, sight])) == 1
