"""The shop's pages of law, as owner and shopper come to see them.

The shop is shared with other tests, so only the imprint is published: whoever orders is asked to agree to nothing.
"""

from playwright.sync_api import Page, expect

from tests.admin.products.picture import picture
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


def give_it_a_face(page: Page, shop: RunningShop) -> None:
    """As long as it may be; the page goes on to show it when it is taken back, at once, as the shop is shared."""
    money_back.sign_in(page, shop)
    page.goto(f"{shop.url}/admin/shop")
    page.get_by_label("Name").fill("Donaudampfschifffahrtselektrizitäten & Co., Wien und London")
    slogan = "Good things, made to be used by whoever has a use for them, and to be handed on to those who come after"
    page.get_by_label("Slogan").fill(slogan)
    logo = {"name": "logo.png", "mimeType": "image/png", "buffer": picture("PNG", (960, 240))}
    page.get_by_label("Logo").set_input_files(files=[logo])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Remove the logo")).to_be_visible()
    token = page.locator("[name=csrf_token]").first.input_value()
    for path, typed in (("", {"name": "", "slogan": ""}), ("/logo/remove", {})):
        sent = page.request.post(f"{shop.url}/admin/shop{path}", form={"csrf_token": token, **typed})
        assert sent.ok


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
