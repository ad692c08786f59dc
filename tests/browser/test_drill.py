"""The owner's drill, whole: pressed for, watched and read in the browser, at a sound shop and at one that is broken."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from smartcart.rules.drills import Promise
from tests.browser.money_back import sign_in
from tests.drill.sabotage import SabotagedShop

# By these two every promise is held against something.
LOST_REPLY, WEBHOOKS_LOST = "Lost reply", "Webhooks lost"
# Two cores may be busy with other tests; on idle ones it takes a quarter of a minute. In milliseconds.
LIMIT = 240_000


def drill(page: Page, shop: SabotagedShop, verdict: str, *scenarios: str) -> set[str]:
    """Start one and watch it to its end; returns the promises that were broken."""
    page.goto(f"{shop.url}/admin/drill")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    for name in scenarios:
        page.get_by_role("checkbox", name=name).check()
    page.get_by_test_id("start-drill").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", re.compile("[1-9]"), timeout=LIMIT)
    expect(page.get_by_test_id("drill")).to_have_attribute("data-state", verdict, timeout=LIMIT)
    expect(page.get_by_test_id("part")).to_have_count(len(scenarios) + 1)
    return {str(row.get_attribute("data-promise")) for row in page.locator('[data-kept="no"]').all()}


def test_a_sound_shop_passes_and_one_that_is_broken_in_each_of_its_ways_fails_in_each(
    page: Page, open_shop: Callable[..., SabotagedShop]
) -> None:
    shop = open_shop(SabotagedShop, poll_interval=0.3)
    sign_in(page, shop)
    assert drill(page, shop, "passed", LOST_REPLY) == set()
    shop.break_copies()
    assert drill(page, shop, "failed", LOST_REPLY, WEBHOOKS_LOST) == set(Promise)
    page.get_by_role("link", name="All drills").click()
    expect(page.get_by_test_id("drills").get_by_text("Passed")).to_have_count(1)
    expect(page.get_by_test_id("drills").get_by_text("Failed")).to_have_count(1)
