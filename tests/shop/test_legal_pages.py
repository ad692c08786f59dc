"""The pages that the law asks of a shop: imprint, terms, privacy notice."""

import pytest
from flask import Flask

from smartcart.shop import legal_texts
from smartcart.shop.legal_models import LegalPage
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper


def test_what_was_published_last_is_read_by_everybody(shopper: Shopper) -> None:
    legal_texts.publish(LegalPage.TERMS, "Old ones.")
    legal_texts.publish(LegalPage.TERMS, "## Delivery\n\n**Soon**, <b>or</b> later.")
    page = shopper.get("/terms").text
    assert "<h2>Delivery</h2>" in page
    assert "<strong>Soon</strong>, &lt;b&gt;or&lt;/b&gt; later." in page
    assert "Old ones" not in page


@pytest.mark.parametrize("which", LegalPage)
def test_a_page_that_was_not_written_is_not_there(shopper: Shopper, which: LegalPage) -> None:
    assert shopper.get(f"/{which}").status_code == 404
    assert f'href="/{which}"' not in shopper.get("/").text


def test_every_page_leads_to_those_that_there_are(shopper: Shopper) -> None:
    session = shopper.order()
    legal_texts.publish(LegalPage.PRIVACY, "We forget you.")
    legal_texts.publish(LegalPage.IMPRINT, "Somewhere.")
    for path in ("/", "/cart", f"/pay/{session}", "/privacy", "/nowhere"):
        page = shopper.get(path).text
        assert page.index('href="/imprint"') < page.index('href="/privacy"')
        assert 'href="/terms"' not in page


def test_a_page_that_is_taken_away_is_gone(shopper: Shopper) -> None:
    legal_texts.publish(LegalPage.IMPRINT, "Somewhere.")
    legal_texts.publish(LegalPage.IMPRINT, "")
    assert shopper.get("/imprint").status_code == 404
    assert 'href="/imprint"' not in shopper.get("/").text


def test_an_earlier_edition_says_so(shopper: Shopper) -> None:
    legal_texts.publish(LegalPage.TERMS, "First.")
    legal_texts.publish(LegalPage.TERMS, "Second.")
    first, second = shopper.get("/terms/1").text, shopper.get("/terms/2").text
    assert "First." in first
    assert "This is an earlier edition" in first
    assert "This is an earlier edition" not in second


@pytest.mark.parametrize("path", ["/terms/2", "/terms/99", "/privacy/1", "/terms/4294967296", "/terms/-1"])
def test_an_edition_that_there_never_was_is_not_there(shopper: Shopper, path: str) -> None:
    legal_texts.publish(LegalPage.TERMS, "First.")
    legal_texts.publish(LegalPage.PRIVACY, "We forget you.")
    assert shopper.get(path).status_code == 404


@ON_BOTH
def test_the_same_words_twice_are_one_edition(app: Flask) -> None:
    assert not legal_texts.publish(LegalPage.TERMS, "")
    assert legal_texts.publish(LegalPage.TERMS, "First.")
    assert not legal_texts.publish(LegalPage.TERMS, "First.")
    assert len(legal_texts.editions(LegalPage.TERMS, 9)) == 1
