"""A returning shopper pays with a card that the gateway keeps; nobody else does."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.saved_card_model import SavedCard
from smartcart.payments.flow import reconciler
from smartcart.rules.payment_states import State
from tests.payments.opened import DECLINED
from tests.payments.saved import cards, is_still_to_keep, keep_card, offered, pay, turn_of_the_timetable
from tests.support.caller import Caller
from tests.support.databases import ON_BOTH
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nothing here is about a gateway that answers late."""
    return settings.model_copy(update={"payment_timeout": 5.0})


@pytest.fixture
def stranger(app: Flask) -> Shopper:
    """Somebody else, with a cart of their own."""
    stranger = Shopper(app.test_client())
    stranger.put_into_cart()
    return stranger


def test_a_card_is_kept_when_its_shopper_says_so(shopper: Shopper) -> None:
    keep_card(shopper)
    page = shopper.get("/cards").text
    assert "Visa ending in 4242" in page
    assert "Expires " in page


def test_without_a_word_no_card_is_kept(shopper: Shopper) -> None:
    session = pay(shopper)
    assert not is_still_to_keep(session)
    turn_of_the_timetable()
    assert cards(shopper) == []


def test_consent_is_asked_for_and_never_given_beforehand(shopper: Shopper) -> None:
    page = shopper.get(f"/pay/{shopper.order()}").text
    [box] = [line for line in page.splitlines() if 'name="keep"' in line]
    assert "checked" not in box


def test_kept_cards_are_offered_first_and_the_first_is_chosen(shopper: Shopper) -> None:
    token = keep_card(shopper)
    session = shopper.order()
    assert offered(shopper, session)[:2] == [token, "sandbox_approve"]
    inputs = [part.partition(">")[0] for part in shopper.get(f"/pay/{session}").text.split("<input")]
    [chosen] = [each for each in inputs if "checked" in each.split()]
    assert f'value="{token}"' in chosen


def test_a_kept_card_pays_the_next_order(shopper: Shopper, sandbox: Sandbox) -> None:
    token = keep_card(shopper)
    session = pay(shopper, token)
    assert session in [charge.session for charge in sandbox.charges()]
    assert cards(shopper) == [token]


@ON_BOTH
def test_a_card_kept_by_two_payments_is_one_card(shopper: Shopper) -> None:
    token = keep_card(shopper)
    again = pay(shopper, keep="1")
    wait_for(lambda: not is_still_to_keep(again))
    assert cards(shopper) == [token]


def test_what_the_gateway_says_anew_of_a_card_is_shown(shopper: Shopper) -> None:
    token = keep_card(shopper)
    _change(token, expires_year=2020)
    again = pay(shopper, keep="1")
    wait_for(lambda: not is_still_to_keep(again))
    assert cards(shopper) == [token]
    assert "Expired" not in shopper.get("/cards").text


def test_the_bank_may_ask_about_a_kept_card_and_the_shopper_confirms(shopper: Shopper) -> None:
    first = shopper.order()
    shopper.pay(first, "sandbox_challenge", keep="1")
    _confirm_with_the_bank(shopper, first)
    wait_for(lambda: cards(shopper))
    [token] = cards(shopper)
    second = shopper.order()
    shopper.pay(second, token)
    _confirm_with_the_bank(shopper, second)


def test_who_holds_the_address_may_pay_and_sees_no_kept_card(shopper: Shopper, stranger: Shopper) -> None:
    token = keep_card(shopper)
    session = shopper.order()
    page = stranger.get(f"/pay/{session}").text
    assert token not in page
    assert "4242" not in page
    assert 'name="keep"' not in page
    assert "sandbox_approve" in offered(stranger, session)


def test_who_holds_the_address_and_the_token_begins_nothing(
    shopper: Shopper, stranger: Shopper, sandbox: Sandbox
) -> None:
    token = keep_card(shopper)
    session = shopper.order()
    for somebody in (stranger, _without_cookies(stranger)):
        answer = somebody.pay(session, token)
        assert refusal(answer) == "UnknownMethod"
        assert "Choose one of the ways to pay that are offered." in somebody.get(answer.location or "").text
    assert queries.find(session).attempts == 0
    assert len(list(sandbox.charges())) == 1


def test_nobody_pays_an_order_of_their_own_with_the_card_of_another(shopper: Shopper, stranger: Shopper) -> None:
    token = keep_card(shopper)
    keep_card(stranger)
    session = stranger.order()
    assert refusal(stranger.pay(session, token)) == "UnknownMethod"
    assert queries.find(session).attempts == 0


def test_who_pays_the_order_of_another_keeps_no_card_by_it(shopper: Shopper, stranger: Shopper) -> None:
    session = shopper.order()
    stranger.pay(session, "sandbox_approve", keep="1")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    turn_of_the_timetable()
    assert not is_still_to_keep(session)
    assert cards(shopper) == cards(stranger) == []


def test_the_session_of_a_merchant_has_no_kept_cards_whomever_it_names(shopper: Shopper, merchant: Caller) -> None:
    token = keep_card(shopper)
    owner = queries.find(shopper.order()).owner
    session = merchant.create(user=owner)["id"]
    page = shopper.get(f"/pay/{session}").text
    assert token not in page
    assert 'name="keep"' not in page
    assert refusal(shopper.pay(session, token)) == "UnknownMethod"
    assert merchant.pay(session, token).get_json()["code"] == "unknown_method"


def test_an_expired_card_is_shown_and_cannot_be_used(shopper: Shopper) -> None:
    token = keep_card(shopper)
    last_month = clock.now().replace(day=1) - timedelta(days=1)
    _change(token, expires_year=last_month.year, expires_month=last_month.month)
    session = shopper.order()
    [shown] = [part for part in shopper.get(f"/pay/{session}").text.split("<label") if token in part]
    assert "disabled" in shown
    assert f"Expired {last_month:%m/%Y}" in shown
    assert refusal(shopper.pay(session, token)) == "UnknownMethod"
    assert queries.find(session).attempts == 0


def test_a_card_is_good_until_the_end_of_its_month(shopper: Shopper) -> None:
    token = keep_card(shopper)
    _change(token, expires_year=clock.now().year, expires_month=clock.now().month)
    pay(shopper, token)


def test_the_api_takes_the_kept_card_of_the_shopper_who_asks(shopper: Shopper, customer: Caller, admin: Caller) -> None:
    token = keep_card(shopper)
    session = shopper.order()
    assert admin.pay(session, token).get_json()["code"] == "unknown_method"
    assert customer.pay(session, token).status_code == 202
    wait_for(lambda: queries.find(session).state is State.COMPLETED)


def test_resuming_without_a_method_uses_the_kept_card_again(
    shopper: Shopper, customer: Caller, sandbox: Sandbox
) -> None:
    token = keep_card(shopper)
    session = shopper.order()
    with patch.object(sandbox, "charge", return_value=DECLINED):
        customer.pay(session, token)
        wait_for(lambda: queries.find(session).state is State.INTERRUPTED)
    assert customer.resume(session).status_code == 202
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    assert [attempt.method for attempt in queries.attempts_of(session)] == [token, token]


def test_consent_outlives_an_automatic_retry(shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_unreachable_once", keep="1")
    _let_it_retry(session)
    wait_for(lambda: cards(shopper))


def test_a_kept_card_is_tried_again_by_itself(shopper: Shopper) -> None:
    first = shopper.order()
    shopper.pay(first, "sandbox_unreachable_once", keep="1")
    _let_it_retry(first)
    wait_for(lambda: cards(shopper))
    [token] = cards(shopper)
    session = shopper.order()
    shopper.pay(session, token)
    _let_it_retry(session)
    assert [attempt.method for attempt in queries.attempts_of(session)] == [token, token]


def test_consent_for_one_attempt_is_none_for_the_next(shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_decline", keep="1")
    wait_for(lambda: queries.find(session).state is State.INTERRUPTED)
    shopper.pay(session, "sandbox_approve")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    turn_of_the_timetable()
    assert cards(shopper) == []


def test_another_gateway_has_none_of_the_cards(shopper: Shopper, sandbox: Sandbox) -> None:
    token = keep_card(shopper)
    with patch.object(sandbox, "name", "another"):
        assert cards(shopper) == []
        assert token not in offered(shopper, shopper.order())
    assert cards(shopper) == [token]


def _let_it_retry(session: str) -> None:
    """The first attempt does not reach the gateway; the timetable makes the second."""
    wait_for(lambda: queries.find(session).retry_at is not None)
    wait_for(lambda: reconciler.retry() or queries.find(session).attempts == 2)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)


def _confirm_with_the_bank(shopper: Shopper, session: str) -> None:
    wait_for(lambda: queries.find(session).state is State.ACTION_REQUIRED)
    shopper.post(queries.find(session).action_url, {"answer": "confirm"})
    shopper.get(f"/pay/{session}/return")
    wait_for(lambda: queries.find(session).state is State.COMPLETED)


def _change(token: str, **values: int) -> None:
    with writing():
        db.session.query(SavedCard).filter_by(token=token).update(values)


def _without_cookies(somebody: Shopper) -> Shopper:
    return Shopper(somebody.client.application.test_client())
