"""What every gateway promises of the cards that it keeps for shoppers."""

from dataclasses import replace

import pytest

from smartcart.gateways.protocol import Handle, SavedCard
from smartcart.rules.outcomes import OutcomeKind
from tests.gateways.counter import Counter


def kept_card(counter: Counter, customer: str, session: str = "first", method: str = "") -> SavedCard:
    """The card that a customer has paid a session with, and let be kept."""
    handle = counter.handle(session)
    assert counter.charge(handle, method or counter.approve, keep=True).kind is OutcomeKind.APPROVED
    counter.gateway.save_card(handle, customer)
    return counter.gateway.saved_cards(customer)[-1]


def handle_of(counter: Counter, customer: str, session: str = "second") -> Handle:
    """A session that is opened to be paid with a customer's kept card."""
    unopened = Handle(session, None, 4200, "EUR", customer)
    return replace(unopened, reference=counter.gateway.open(unopened, 30.0))


@pytest.fixture
def ada(counter: Counter) -> str:
    return counter.gateway.customer("ada")


def test_a_shopper_is_one_customer_and_nobody_elses(counter: Counter, ada: str) -> None:
    assert counter.gateway.customer("ada") == ada
    assert counter.gateway.customer("grace") != ada


def test_a_card_is_kept_with_what_may_be_shown_of_it(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    assert counter.gateway.saved_cards(ada) == (card,)
    assert (card.brand, card.last4) == ("visa", "4242")
    assert 1 <= card.expires_month <= 12
    assert card.expires_year > 2026


def test_without_consent_no_card_is_kept(counter: Counter, ada: str) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    counter.gateway.save_card(handle, ada)
    assert counter.gateway.saved_cards(ada) == ()


def test_a_declined_card_is_not_kept(counter: Counter, ada: str) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline, keep=True)
    counter.gateway.save_card(handle, ada)
    assert counter.gateway.saved_cards(ada) == ()


def test_consent_for_one_attempt_is_none_for_the_next(counter: Counter, ada: str) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline, keep=True)
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.APPROVED
    counter.gateway.save_card(handle, ada)
    assert counter.gateway.saved_cards(ada) == ()


def test_a_card_that_was_confirmed_with_the_bank_is_kept(counter: Counter, ada: str) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge, keep=True)
    counter.confirm(handle)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.APPROVED
    counter.gateway.save_card(handle, ada)
    assert len(counter.gateway.saved_cards(ada)) == 1


def test_a_card_that_the_bank_still_asks_about_is_not_kept(counter: Counter, ada: str) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge, keep=True)
    counter.gateway.save_card(handle, ada)
    assert counter.gateway.saved_cards(ada) == ()


def test_after_a_kept_card_was_tried_no_other_is_kept_without_consent(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    counter.gateway.forget(ada, card.token)
    handle = handle_of(counter, ada)
    assert counter.charge(handle, card.token).charged_nothing
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.APPROVED
    counter.gateway.save_card(handle, ada)
    assert counter.gateway.saved_cards(ada) == ()


def test_a_card_kept_again_for_the_same_payment_is_kept_once(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    counter.gateway.save_card(counter.handle("first"), ada)
    assert counter.gateway.saved_cards(ada) == (card,)


def test_a_card_kept_by_two_payments_is_one_card_and_is_forgotten_as_one(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada, "first")
    assert kept_card(counter, ada, "second") == card
    assert counter.gateway.saved_cards(ada) == (card,)
    assert counter.gateway.forget(ada, card.token)
    assert counter.gateway.saved_cards(ada) == ()


def test_a_kept_card_pays_again(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    assert counter.charge(handle_of(counter, ada), card.token).kind is OutcomeKind.APPROVED
    assert counter.charged() == [("first", 4200), ("second", 4200)]


def test_a_kept_card_pays_what_was_opened_for_another_way_to_pay(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    handle = counter.handle("second")
    counter.charge(handle, counter.decline)
    paid = counter.charge(replace(handle, customer=ada), card.token, attempt=2)
    assert paid.kind is OutcomeKind.APPROVED
    assert counter.charged() == [("first", 4200), ("second", 4200)]


def test_the_bank_may_ask_about_a_kept_card_too(counter: Counter, ada: str) -> None:
    first = counter.handle("first")
    counter.charge(first, counter.challenge, keep=True)
    counter.confirm(first)
    counter.gateway.save_card(first, ada)
    [card] = counter.gateway.saved_cards(ada)
    second = handle_of(counter, ada)
    asked = counter.charge(second, card.token)
    assert asked.kind is OutcomeKind.ACTION_REQUIRED
    assert asked.action_url
    counter.confirm(second)
    assert counter.gateway.ask(second, 1).kind is OutcomeKind.APPROVED


def test_nobody_pays_with_the_card_of_another_customer(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    for customer in ("", counter.gateway.customer("mallory")):
        handle = handle_of(counter, customer, session=f"of {customer}")
        assert counter.charge(handle, card.token).charged_nothing
    assert counter.charged() == [("first", 4200)]


def test_a_forgotten_card_is_gone_and_pays_no_more(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    assert counter.gateway.forget(ada, card.token)
    assert counter.gateway.saved_cards(ada) == ()
    assert counter.charge(handle_of(counter, ada), card.token).charged_nothing
    assert counter.charged() == [("first", 4200)]


def test_a_card_is_forgotten_once_and_what_there_is_not_never(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    assert [counter.gateway.forget(ada, card.token) for _ in range(2)] == [True, False]
    assert not counter.gateway.forget(ada, "pm_none")


def test_nobody_has_the_card_of_another_customer_forgotten(counter: Counter, ada: str) -> None:
    card = kept_card(counter, ada)
    assert not counter.gateway.forget(counter.gateway.customer("mallory"), card.token)
    assert counter.gateway.saved_cards(ada) == (card,)
