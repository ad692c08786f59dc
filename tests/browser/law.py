"""The shop's pages of law, as owner and shopper come to see them.

The shop is shared with other tests, so only the imprint is published: whoever orders is asked to agree to nothing.
"""

from playwright.sync_api import Page, expect

from tests.browser import money_back
from tests.support.running import RunningShop

WORDS = """## What we keep

Your name and your address, **for this order**.

1. We ask for them.
2. We [forget](https://example.org/a-long-way-to-say-how-we-forget-what-we-knew-of-you-and-of-all-others) them.

| What | How long |
|---|---|
| Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft | 30 days |

> Nothing else.

    a line of code
"""


def write_it(page: Page, shop: RunningShop) -> None:
    """The owner looks at it before it holds."""
    money_back.sign_in(page, shop)
    page.goto(f"{shop.url}/admin/shop/imprint")
    page.get_by_label("Text").fill(WORDS)
    page.get_by_role("button", name="See how it looks").click()
    expect(page.get_by_test_id("looked-at")).to_contain_text("Nothing else.")


def read_it(page: Page, shop: RunningShop) -> None:
    published = "insert into legal_text (page, words, published_at) values ('imprint', ?, '2026-11-22 10:00:00')"
    shop.write(published, WORDS)
    page.goto(f"{shop.url}/imprint")
    expect(page.get_by_role("heading", name="What we keep")).to_be_visible()
