"""What every gateway promises. Another gateway is tested by another parameter of `counter`, in conftest.py."""

from dataclasses import replace

import pytest

from smartcart.gateways.protocol import Handle
from smartcart.rules.outcomes import OutcomeKind
from tests.gateways.counter import SESSION, Counter


def test_it_has_a_name_of_its_own_and_its_ways_to_pay_have_it_too(
    counter: Counter, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["counter"]
    assert counter.gateway.name == name
    assert all(method.token.startswith(f"{name}_") for method in counter.gateway.methods())


def test_it_offers_ways_to_pay_that_can_be_told_apart(counter: Counter) -> None:
    methods = counter.gateway.methods()
    assert methods or counter.gateway.browser
    assert len({method.token for method in methods}) == len({method.label for method in methods}) == len(methods)


def test_opening_a_session_again_answers_the_same_reference(counter: Counter) -> None:
    assert counter.handle().reference == counter.handle().reference


def test_every_session_has_a_reference_of_its_own(counter: Counter) -> None:
    assert counter.handle("one").reference != counter.handle("other").reference


def test_an_approved_charge_is_in_the_books_once(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.charge(handle, counter.approve).kind is OutcomeKind.APPROVED
    [charge] = counter.gateway.charges()
    assert (charge.session, charge.reference, charge.attempt) == (SESSION, handle.reference, 1)
    assert (charge.amount, charge.currency, charge.refunded) == (4200, "EUR", 0)


def test_what_was_paid_for_is_written_on_the_charge(counter: Counter) -> None:
    unopened = Handle(SESSION, None, 4200, "EUR", order="SC-1042")
    handle = replace(unopened, reference=counter.gateway.open(unopened, 30.0))
    counter.charge(handle, counter.approve)
    [charge] = counter.gateway.charges()
    assert charge.order == "SC-1042"


def test_what_was_opened_before_orders_were_named_is_found_again(counter: Counter) -> None:
    """As after an update of the shop, where the answer to the first request was lost."""
    before = counter.gateway.open(Handle(SESSION, None, 4200, "EUR"), 30.0)
    assert counter.gateway.open(Handle(SESSION, None, 4200, "EUR", order="SC-1042"), 30.0) == before


def test_a_declined_charge_takes_nothing_and_names_a_reason(counter: Counter) -> None:
    outcome = counter.charge(counter.handle(), counter.decline)
    assert outcome.kind is OutcomeKind.DECLINED
    assert outcome.code
    assert counter.charged() == []


def test_after_a_decline_the_next_attempt_is_charged(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline)
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.APPROVED
    assert counter.charged() == [(SESSION, 4200)]


def test_the_same_attempt_sent_again_charges_once(counter: Counter) -> None:
    handle = counter.handle()
    outcomes = [counter.charge(handle, counter.approve) for _ in range(2)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.APPROVED] * 2
    assert counter.charged() == [(SESSION, 4200)]


@pytest.mark.parametrize("method", ["approve", "decline", "challenge"])
def test_another_attempt_on_what_is_charged_takes_nothing_more_and_answers_approved(
    counter: Counter, method: str
) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.charge(handle, getattr(counter, method), attempt=2).kind is OutcomeKind.APPROVED
    assert counter.charged() == [(SESSION, 4200)]


def test_an_attempt_is_approved_when_looked_up_after_its_charge(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.APPROVED


def test_a_charge_is_found_though_its_reference_was_lost(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.gateway.ask(replace(handle, reference=None), 1).kind is OutcomeKind.APPROVED


def test_a_declined_attempt_looked_up_charged_nothing(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline)
    assert counter.gateway.ask(handle, 1).charged_nothing


def test_nobody_says_of_an_attempt_that_may_still_arrive_that_it_charges_nothing(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.PENDING
    assert counter.gateway.ask(Handle("unknown", None, 4200, "EUR"), 1).kind is OutcomeKind.PENDING
    counter.charge(handle, counter.decline)
    assert counter.gateway.ask(handle, 2).kind is OutcomeKind.PENDING


def test_looking_up_changes_nothing(counter: Counter) -> None:
    handle = counter.handle()
    counter.gateway.ask(handle, 1)
    assert counter.charge(handle, counter.approve).kind is OutcomeKind.APPROVED


def test_what_is_closed_is_never_charged_again(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    assert counter.charge(handle, counter.approve).charged_nothing
    assert counter.gateway.ask(handle, 1).charged_nothing
    assert counter.charged() == []


def test_closing_what_is_charged_answers_approved(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.gateway.close(handle).kind is OutcomeKind.APPROVED


@pytest.mark.parametrize("charged", [True, False])
def test_closing_again_answers_the_same(counter: Counter, charged: bool) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve if charged else counter.decline)
    assert counter.gateway.close(handle) == counter.gateway.close(handle)


def test_what_was_never_opened_can_be_closed_for_good(counter: Counter) -> None:
    assert counter.gateway.close(Handle(SESSION, None, 4200, "EUR")).kind is OutcomeKind.NOT_CHARGED
    assert counter.charge(counter.handle(), counter.approve).charged_nothing
    assert counter.charged() == []


def test_the_bank_may_ask_the_shopper_first(counter: Counter) -> None:
    handle = counter.handle()
    outcome = counter.charge(handle, counter.challenge)
    assert outcome.kind is OutcomeKind.ACTION_REQUIRED
    assert outcome.action_url or outcome.action_secret
    assert counter.gateway.ask(handle, 1) == outcome
    assert counter.charged() == []


def test_what_the_shopper_confirms_is_charged(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    counter.confirm(handle)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.APPROVED
    assert counter.charged() == [(SESSION, 4200)]


def test_what_the_shopper_refuses_is_declined(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    counter.refuse(handle)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.DECLINED
    assert counter.charged() == []


def test_a_challenge_sent_again_is_still_open(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.charge(handle, counter.challenge) == counter.charge(handle, counter.challenge)
    counter.confirm(handle)
    assert counter.charged() == [(SESSION, 4200)]


def test_a_late_copy_of_an_earlier_attempt_leaves_the_open_challenge_alone(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge, attempt=1)
    latest = counter.charge(handle, counter.challenge, attempt=2)
    counter.charge(handle, counter.challenge, attempt=1)
    assert counter.gateway.ask(handle, 2) == latest


def test_a_new_attempt_ends_the_challenge_of_the_one_before(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge, attempt=1)
    counter.charge(handle, counter.challenge, attempt=2)
    counter.confirm(handle)
    assert counter.charged() == []
    assert counter.gateway.ask(handle, 1).charged_nothing


def test_what_is_withdrawn_cannot_be_confirmed_any_more(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    assert counter.gateway.withdraw(handle, 1).kind is OutcomeKind.NOT_CHARGED
    counter.confirm(handle)
    assert counter.gateway.ask(handle, 1).charged_nothing
    assert counter.charged() == []


def test_withdrawing_again_answers_the_same(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    assert counter.gateway.withdraw(handle, 1) == counter.gateway.withdraw(handle, 1)


def test_withdrawing_after_the_shopper_confirmed_answers_approved(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    counter.confirm(handle)
    assert counter.gateway.withdraw(handle, 1).kind is OutcomeKind.APPROVED


def test_what_never_arrived_and_is_withdrawn_charges_nothing_when_it_arrives(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.gateway.withdraw(handle, 1).kind is OutcomeKind.NOT_CHARGED
    assert counter.charge(handle, counter.approve).kind is not OutcomeKind.APPROVED
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.NOT_CHARGED
    assert counter.charged() == []


def test_what_was_never_opened_can_be_withdrawn_for_good(counter: Counter) -> None:
    unopened = Handle(SESSION, None, 4200, "EUR")
    assert counter.gateway.withdraw(unopened, 1).kind is OutcomeKind.NOT_CHARGED
    assert counter.charge(counter.handle(), counter.approve).kind is not OutcomeKind.APPROVED
    assert counter.charged() == []


@pytest.mark.parametrize("method", ["decline", "challenge", "nothing that arrived"])
def test_after_what_is_withdrawn_the_next_attempt_is_charged(counter: Counter, method: str) -> None:
    handle = counter.handle()
    if hasattr(counter, method):
        counter.charge(handle, getattr(counter, method))
    assert counter.gateway.withdraw(handle, 1).charged_nothing
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.APPROVED
    assert counter.gateway.ask(handle, 2).kind is OutcomeKind.APPROVED
    assert counter.charged() == [(SESSION, 4200)]


def test_withdrawing_an_attempt_leaves_the_decline_of_it_on_record(counter: Counter) -> None:
    handle = counter.handle()
    declined = counter.charge(handle, counter.decline)
    assert counter.gateway.withdraw(handle, 1) == counter.gateway.ask(handle, 1) == declined


def test_withdrawing_what_is_charged_answers_approved(counter: Counter) -> None:
    assert counter.gateway.withdraw(counter.paid(), 1).kind is OutcomeKind.APPROVED


def test_a_challenge_that_was_closed_cannot_be_confirmed(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    assert counter.gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    counter.confirm(handle)
    assert counter.charged() == []
