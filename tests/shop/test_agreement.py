"""The line at checkout: what of the shop's pages whoever orders agrees to, and what of it is kept."""

import re
from datetime import timedelta

import pytest

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.page import recovery_links
from smartcart.rules.payment_states import State
from smartcart.shop import identity, legal_texts
from smartcart.shop.legal_models import Agreement, LegalPage
from smartcart.shop.models import Order
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

SAID = "By placing this order you agree to the Terms and have taken note of the Privacy notice."
CHANGED = "has changed since the page was shown"


@pytest.fixture
def buyer(shopper: Shopper) -> Shopper:
    """Somebody with a thing in the cart, at a shop that has terms and a privacy notice."""
    legal_texts.publish(LegalPage.TERMS, "Pay, and it is yours.")
    legal_texts.publish(LegalPage.PRIVACY, "We forget you.")
    shopper.put_into_cart()
    return shopper


def shown(page: str) -> str:
    """The editions that the line of a page names."""
    found = re.search(r'name="agreed" value="([^"]+)"', page)
    return found[1] if found else ""


@ON_BOTH
def test_what_was_agreed_to_is_kept_with_the_order(buyer: Shopper) -> None:
    assert buyer.check_out(agreed=shown(buyer.get("/checkout").text)).status_code == 303
    kept = db.session.query(Agreement).one()
    assert kept.order_id == db.session.query(Order).one().id
    assert kept.wording == SAID
    assert (kept.terms_id, kept.privacy_id) == (edition(LegalPage.TERMS), edition(LegalPage.PRIVACY))
    assert clock.now() - kept.agreed_at < timedelta(minutes=5)


def test_the_line_says_what_is_kept_and_leads_to_the_editions(buyer: Shopper) -> None:
    page = buyer.get("/checkout").text
    assert line_of(page) == SAID
    for text in (LegalPage.TERMS, LegalPage.PRIVACY):
        assert f'href="/{text}/{edition(text)}"' in page


def test_the_orders_page_leads_to_the_editions_for_ever(buyer: Shopper) -> None:
    agreed_to = edition(LegalPage.TERMS)
    buyer.check_out(agreed=shown(buyer.get("/checkout").text))
    legal_texts.publish(LegalPage.TERMS, "Pay, and wait.")
    assert f'href="/terms/{agreed_to}"' in buyer.get(f"/orders/{db.session.query(Order).one().token}").text
    assert "Pay, and it is yours." in buyer.get(f"/terms/{agreed_to}").text


@pytest.mark.parametrize("sent", ["", "terms:1", "terms:1 privacy:99", "terms:9999999999", "\0", "privacy:2 terms:1"])
def test_nothing_is_ordered_under_what_was_not_shown(buyer: Shopper, sent: str) -> None:
    answer = buyer.check_out(agreed=sent)
    assert answer.status_code == 409
    assert CHANGED in answer.text
    assert 'value="ada@example.org"' in answer.text
    assert db.session.query(Order).count() == 0


def test_new_terms_are_shown_before_anything_is_ordered_under_them(buyer: Shopper) -> None:
    before = shown(buyer.get("/checkout").text)
    legal_texts.publish(LegalPage.TERMS, "Pay twice.")
    answer = buyer.check_out(agreed=before)
    assert answer.status_code == 409
    assert shown(answer.text) not in ("", before)
    assert buyer.check_out(agreed=shown(answer.text)).status_code == 303
    assert db.session.query(Agreement).one().terms_id == edition(LegalPage.TERMS)


def test_a_process_that_has_not_heard_of_the_new_terms_asks_before_it_refuses(
    buyer: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page came from a process that knows more."""
    monkeypatch.setattr(identity, "KNOWN_FOR", float("inf"))
    stale = identity.of_shop()()
    legal_texts.publish(LegalPage.TERMS, "Pay later.")
    told = shown(buyer.get("/checkout").text)
    monkeypatch.setattr(identity.of_shop(), "_known", stale)
    assert buyer.check_out(agreed=told).status_code == 303


def test_without_terms_nothing_is_agreed_to(shopper: Shopper) -> None:
    legal_texts.publish(LegalPage.IMPRINT, "Somewhere.")
    shopper.put_into_cart()
    assert "By placing this order" not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303
    assert db.session.query(Agreement).count() == 0


def test_terms_that_were_taken_away_are_agreed_to_no_more(buyer: Shopper) -> None:
    legal_texts.publish(LegalPage.PRIVACY, "")
    page = buyer.get("/checkout").text
    assert line_of(page) == "By placing this order you agree to the Terms."
    assert buyer.check_out(agreed=shown(page)).status_code == 303
    assert db.session.query(Agreement).one().privacy_id is None


def test_who_orders_again_by_a_link_agrees_to_what_holds_today(buyer: Shopper) -> None:
    session = buyer.check_out(agreed=shown(buyer.get("/checkout").text)).location.rpartition("/")[2]
    buyer.post(f"/pay/{session}/cancel")
    assert queries.find(session).state is State.CANCELLED
    legal_texts.publish(LegalPage.TERMS, "Pay, and say thank you.")
    address = f"/resume/{recovery_links.token(session, clock.now())}/again"
    page = buyer.get(address).text
    shown_sum = re.search(r'name="sum" value="([^"]+)"', page)
    assert shown_sum
    refused = buyer.post(address, {"sum": shown_sum[1]})
    assert CHANGED in refused.text
    assert buyer.post(address, {"sum": shown_sum[1], "agreed": shown(page)}).status_code == 303
    assert [each.terms_id for each in db.session.query(Agreement).order_by(Agreement.order_id)] == [1, 3]


def line_of(page: str) -> str:
    """The line as it is seen."""
    found = re.search(r'<p data-testid="agreement">(.*?)</p>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<span.*?</span>|<[^>]+>", "", found[1]).split())


def edition(page: LegalPage) -> int:
    newest = legal_texts.newest(page)
    assert newest
    return newest.id
