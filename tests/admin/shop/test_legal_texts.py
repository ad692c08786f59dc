"""Imprint, terms and privacy notice are written in the admin: looked at, published, and never changed."""

import pytest

from smartcart.admin.shop.legal_texts import LONGEST_TEXT
from smartcart.shop import legal_texts
from smartcart.shop.legal_models import LegalPage
from tests.admin.browser import AdminBrowser

TERMS = "/admin/shop/terms"
WORDS = "## Delivery\r\n\r\nSoon, or <i>later</i>."


@pytest.mark.parametrize("which", LegalPage)
def test_a_page_is_published(admin: AdminBrowser, which: LegalPage) -> None:
    assert f"{which.heading} : not written yet" in admin.read("/admin/shop")
    assert admin.post(f"/admin/shop/{which}", {"act": "publish", "words": WORDS}).status_code == 303
    assert "<h2>Delivery</h2>" in admin.get(f"/{which}").text
    assert f"{which.heading} : not written yet" not in admin.read("/admin/shop")


def test_how_it_will_look_is_seen_before_it_holds(admin: AdminBrowser) -> None:
    seen = admin.post(TERMS, {"act": "look", "words": WORDS})
    assert seen.status_code == 200
    assert "<h2>Delivery</h2>" in seen.text
    assert "Soon, or &lt;i&gt;later&lt;/i&gt;.</textarea>" in seen.text
    assert admin.get("/terms").status_code == 404


def test_what_holds_is_there_to_be_changed_and_every_edition_can_be_read(admin: AdminBrowser) -> None:
    for words in ("First.", "Second.", "Second.\r\n"):
        admin.post(TERMS, {"act": "publish", "words": words})
    page = admin.get(TERMS).text
    assert "Second.</textarea>" in page
    assert page.index('href="/terms/2"') < page.index('href="/terms/1"')
    assert len(legal_texts.editions(LegalPage.TERMS, 9)) == 2


def test_an_empty_text_takes_the_page_away(admin: AdminBrowser) -> None:
    admin.post(TERMS, {"act": "publish", "words": WORDS})
    admin.post(TERMS, {"act": "publish", "words": " "})
    assert admin.get("/terms").status_code == 404
    assert "taken away" in admin.read(TERMS)


def test_terms_may_be_as_long_as_those_of_lawyers(admin: AdminBrowser) -> None:
    words = "é" * LONGEST_TEXT
    assert admin.post(TERMS, {"act": "publish", "words": words}).status_code == 303
    assert words in admin.get("/terms").text
    refused = admin.post(TERMS, {"act": "publish", "words": words + "é"})
    assert refused.status_code == 422
    assert "at most 100,000 characters" in refused.text


def test_who_is_not_signed_in_sends_no_long_texts(somebody: AdminBrowser) -> None:
    assert somebody.post(TERMS, {"act": "publish", "words": "x" * 70_000}).status_code == 413
