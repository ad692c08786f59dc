"""Saved cards in another browser: by a link that is made in the first, and opened and confirmed in the other."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from smartcart import clock
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.saved_cards import sharing
from smartcart.payments.saved_cards.sharing import LIFETIME, PURPOSE
from smartcart.rules.payment_states import State
from tests.payments.opened import DECLINED
from tests.payments.saved import cards, keep_card, offered, pay, turn_of_the_timetable
from tests.support.databases import ON_BOTH
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.two_at_once import kinds, together
from tests.support.waiting import wait_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nothing here is about a gateway that answers late."""
    return settings.model_copy(update={"payment_timeout": 5.0})


@pytest.fixture
def telephone(app: Flask) -> Shopper:
    """Another browser, fresh from the shelf."""
    return Shopper(app.test_client())


@pytest.fixture
def token(shopper: Shopper) -> str:
    """The shopper's saved card."""
    return keep_card(shopper)


def make_link(shopper: Shopper) -> str:
    """The path of a link that was made just now."""
    assert shopper.post("/cards/link").status_code == 303
    return shown_link(shopper)


def shown_link(shopper: Shopper) -> str:
    found = re.search(r'value="http://localhost(/cards/link/[^"]+)"', shopper.get("/cards").text)
    return found[1] if found else ""


def test_what_is_linked_pays_in_the_other_browser(shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    assert "Use your saved cards in this browser?" in telephone.get(link).text
    assert telephone.post(link).status_code == 303
    assert cards(telephone) == cards(shopper) == [token]
    pay(telephone, token)


def test_to_open_a_link_changes_nothing(shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    for _ in range(3):
        assert telephone.get(link).status_code == 200
    assert cards(telephone) == []
    assert shown_link(shopper) == link


def test_a_link_works_once(app: Flask, shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    telephone.post(link)
    another = Shopper(app.test_client())
    assert another.get(link).status_code == another.post(link).status_code == 404
    assert cards(another) == []
    assert shown_link(shopper) == ""


@ON_BOTH
def test_of_many_who_follow_a_link_at_once_one_is_linked(app: Flask, shopper: Shopper, token: str) -> None:
    signed = make_link(shopper).rpartition("/")[2]
    answers = together(app, *[lambda name=name: sharing.follow(signed, f"shopper {name}") for name in range(8)])
    assert kinds(answers) == {"NoneType": 1, "LinkOver": 7}


def test_a_link_is_over_after_its_minutes(shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    clock.freeze(clock.now() + LIFETIME - timedelta(seconds=1))
    assert telephone.get(link).status_code == 200
    clock.freeze(clock.now() + timedelta(seconds=1))
    assert telephone.post(link).status_code == 404
    assert cards(telephone) == []


def test_a_new_link_ends_the_one_before(shopper: Shopper, telephone: Shopper, token: str) -> None:
    first, second = make_link(shopper), make_link(shopper)
    assert telephone.post(first).status_code == 404
    assert telephone.post(second).status_code == 303


def test_what_was_not_signed_for_this_is_no_link(app: Flask, shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    secret = URLSafeSerializer(app.secret_key or "", salt=PURPOSE).loads(link.rpartition("/")[2])
    for forged in (
        link.replace("/link/I", "/link/J"),
        f"/cards/link/{secret}",
        f"/cards/link/{URLSafeSerializer(app.secret_key or '', salt='something else').dumps(secret)}",
        f"/cards/link/{URLSafeSerializer('another key', salt=PURPOSE).dumps(secret)}",
        f"/cards/link/{URLSafeSerializer(app.secret_key or '', salt=PURPOSE).dumps(None)}",
        f"/cards/link/{URLSafeSerializer(app.secret_key or '', salt=PURPOSE).dumps([1])}",
    ):
        assert telephone.get(forged).status_code == telephone.post(forged).status_code == 404
    assert cards(telephone) == []


def test_following_a_link_needs_the_pages_own_form(shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    telephone.get("/")
    assert telephone.client.post(link).status_code == 400
    assert cards(telephone) == []


def test_the_other_browser_keeps_what_it_has_and_gives_nothing_away(
    shopper: Shopper, telephone: Shopper, token: str
) -> None:
    own = keep_card(telephone)
    telephone.post(make_link(shopper))
    assert cards(telephone) == [token, own]
    session = telephone.order()
    telephone.pay(session, "sandbox_lost_reply", keep="1")
    wait_for(lambda: queries.find(session).state is State.CHECKING)
    telephone.get(f"/pay/{session}/return")
    wait_for(lambda: len(cards(telephone)) == 3)
    assert cards(shopper) == [token]


def test_after_a_linked_card_was_tried_no_other_is_kept_for_its_owner(shopper: Shopper, telephone: Shopper) -> None:
    token = keep_card(shopper)
    telephone.post(make_link(shopper))
    session = telephone.order()
    _decline(telephone, session, token)
    page = telephone.get(f"/pay/{session}").text
    assert 'name="keep"' not in page
    telephone.pay(session, "sandbox_approve", keep="1")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    turn_of_the_timetable()
    assert cards(telephone) == cards(shopper) == [token]


def test_after_one_customers_card_was_tried_those_of_another_are_not_offered(
    shopper: Shopper, telephone: Shopper, token: str
) -> None:
    own = keep_card(telephone)
    telephone.post(make_link(shopper))
    session = telephone.order()
    assert set(offered(telephone, session)) >= {own, token}
    _decline(telephone, session, token)
    assert token in offered(telephone, session)
    assert own not in offered(telephone, session)
    assert refusal(telephone.pay(session, own)) == "UnknownMethod"


def test_a_card_removed_in_one_browser_is_gone_in_the_other(shopper: Shopper, telephone: Shopper, token: str) -> None:
    telephone.post(make_link(shopper))
    telephone.post(f"/cards/{token}/remove")
    assert cards(telephone) == cards(shopper) == []


@pytest.mark.parametrize("who", ["the owner", "the other"])
def test_either_ends_the_sharing(shopper: Shopper, telephone: Shopper, token: str, who: str) -> None:
    own = keep_card(telephone)
    telephone.post(make_link(shopper))
    open_link = make_link(shopper)
    (shopper if who == "the owner" else telephone).post("/cards/unlink")
    assert cards(shopper) == [token]
    assert cards(telephone) == [own]
    assert refusal(telephone.pay(telephone.order(), token)) == "UnknownMethod"
    assert telephone.get(open_link).status_code == (404 if who == "the owner" else 200)


def test_the_owner_is_told_how_many_browsers_share(app: Flask, shopper: Shopper, token: str) -> None:
    for told in ("One other browser can pay", "2 other browsers can pay"):
        Shopper(app.test_client()).post(make_link(shopper))
        assert told in " ".join(shopper.get("/cards").text.split())


def test_ones_own_link_changes_nothing(shopper: Shopper, telephone: Shopper, token: str) -> None:
    link = make_link(shopper)
    assert shopper.post(link).status_code == 303
    assert telephone.post(link).status_code == 303


def test_who_has_no_card_makes_no_link(shopper: Shopper, telephone: Shopper) -> None:
    shopper.put_into_cart()
    assert shopper.post("/cards/link").status_code == telephone.post("/cards/link").status_code == 303
    assert shown_link(shopper) == shown_link(telephone) == ""


def test_a_linked_browser_hands_nothing_on(app: Flask, shopper: Shopper, telephone: Shopper, token: str) -> None:
    telephone.post(make_link(shopper))
    telephone.post("/cards/link")
    assert shown_link(telephone) == ""


def test_an_address_that_no_page_has_is_not_found(shopper: Shopper) -> None:
    for path in ("/cards/link/%00", "/cards/link/" + "x" * 300):
        assert shopper.get(path).status_code == 404


def _decline(shopper: Shopper, session: str, token: str) -> None:
    """The bank declines a kept card."""
    with patch.object(Sandbox, "charge", return_value=DECLINED):
        shopper.pay(session, token)
        wait_for(lambda: queries.find(session).state is State.INTERRUPTED)
