"""What every gateway promises. Another gateway is tested by another parameter of `counter`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from smartcart.gateways.protocol import ChargeRequest, Gateway, Handle
from smartcart.gateways.sandbox import Sandbox
from smartcart.rules.outcomes import Outcome, OutcomeKind
from tests.gateways.still_time import StillTime

SESSION = "session-of-a-shopper"


@dataclass(frozen=True)
class Counter:
    """A gateway, its methods by what they do, and how the shopper answers its bank: reference, attempt, `confirmed`."""

    gateway: Gateway
    approve: str
    decline: str
    challenge: str
    answer_bank: Callable[..., object]

    def handle(self, session: str = SESSION) -> Handle:
        """What the shop knows of a session whose reference it has opened."""
        unopened = Handle(session, None, 4200, "EUR")
        return replace(unopened, reference=self.gateway.open(unopened))

    def charge(self, handle: Handle, method: str, attempt: int = 1) -> Outcome:
        return self.gateway.charge(
            ChargeRequest(
                session=handle.session,
                reference=handle.reference or "",
                attempt=attempt,
                method=method,
                amount=handle.amount,
                currency=handle.currency,
                timeout=30.0,
                return_url="https://shop.example/pay/return",
            )
        )

    def confirm(self, handle: Handle) -> None:
        """The shopper says yes to the bank about the first attempt."""
        self.answer_bank(handle.reference or "", 1, confirmed=True)

    def refuse(self, handle: Handle) -> None:
        """The shopper says no to the bank about the first attempt."""
        self.answer_bank(handle.reference or "", 1, confirmed=False)

    def charged(self) -> list[tuple[str, int]]:
        """Session and amount of every charge."""
        return [(charge.session, charge.amount) for charge in self.gateway.charges()]


@pytest.fixture(params=["sandbox"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Counter:
    return {"sandbox": _sandbox}[request.param](tmp_path)


def _sandbox(folder: Path) -> Counter:
    time = StillTime()
    sandbox = Sandbox(folder / "books.sqlite3", time.now, time.sleep)
    answer = sandbox.ledger.answer_challenge
    return Counter(sandbox, "sandbox_approve", "sandbox_decline", "sandbox_challenge", answer)


def test_it_offers_ways_to_pay_that_can_be_told_apart(counter: Counter) -> None:
    methods = counter.gateway.methods()
    assert methods
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
    assert counter.gateway.look_up(handle, 1).kind is OutcomeKind.APPROVED


def test_a_charge_is_found_though_its_reference_was_lost(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.gateway.look_up(replace(handle, reference=None), 1).kind is OutcomeKind.APPROVED


def test_a_declined_attempt_looked_up_charged_nothing(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline)
    assert counter.gateway.look_up(handle, 1).charged_nothing


def test_an_attempt_that_never_arrived_is_not_charged(counter: Counter) -> None:
    assert counter.gateway.look_up(counter.handle(), 1).kind is OutcomeKind.NOT_CHARGED


def test_a_session_that_was_never_opened_is_not_charged(counter: Counter) -> None:
    assert counter.gateway.look_up(Handle("unknown", None, 4200, "EUR"), 1).kind is OutcomeKind.NOT_CHARGED


def test_looking_up_changes_nothing(counter: Counter) -> None:
    handle = counter.handle()
    counter.gateway.look_up(handle, 1)
    assert counter.charge(handle, counter.approve).kind is OutcomeKind.APPROVED


def test_what_is_closed_is_never_charged_again(counter: Counter) -> None:
    handle = counter.handle()
    assert counter.gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    assert counter.charge(handle, counter.approve).charged_nothing
    assert counter.gateway.look_up(handle, 1).charged_nothing
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


def test_a_refund_gives_everything_back(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert counter.gateway.refund(handle)
    assert [charge.refunded for charge in counter.gateway.charges()] == [4200]


def test_a_refund_asked_for_twice_gives_back_once(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    assert (counter.gateway.refund(handle), counter.gateway.refund(handle)) == (True, True)
    assert [charge.refunded for charge in counter.gateway.charges()] == [4200]


def test_what_was_given_back_is_not_charged_again(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.approve)
    counter.gateway.refund(handle)
    counter.charge(handle, counter.approve, attempt=2)
    assert [(charge.amount, charge.refunded) for charge in counter.gateway.charges()] == [(4200, 4200)]


def test_what_was_not_charged_cannot_be_given_back(counter: Counter) -> None:
    assert not counter.gateway.refund(counter.handle())


def test_the_books_list_every_charge_and_the_oldest_first(counter: Counter) -> None:
    for session in ("first", "second", "third"):
        counter.charge(counter.handle(session), counter.approve)
    assert [session for session, _ in counter.charged()] == ["first", "second", "third"]
    moments = [charge.charged_at for charge in counter.gateway.charges()]
    assert moments == sorted(moments)
    assert all(moment.tzinfo for moment in moments)


def test_the_bank_may_ask_the_shopper_first(counter: Counter) -> None:
    handle = counter.handle()
    outcome = counter.charge(handle, counter.challenge)
    assert outcome.kind is OutcomeKind.ACTION_REQUIRED
    assert outcome.action_url
    assert counter.gateway.look_up(handle, 1) == outcome
    assert counter.charged() == []


def test_what_the_shopper_confirms_is_charged(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    counter.confirm(handle)
    assert counter.gateway.look_up(handle, 1).kind is OutcomeKind.APPROVED
    assert counter.charged() == [(SESSION, 4200)]


def test_what_the_shopper_refuses_is_declined(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    counter.refuse(handle)
    assert counter.gateway.look_up(handle, 1).kind is OutcomeKind.DECLINED
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
    assert counter.gateway.look_up(handle, 2) == latest


def test_a_new_attempt_ends_the_challenge_of_the_one_before(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge, attempt=1)
    counter.charge(handle, counter.challenge, attempt=2)
    counter.confirm(handle)
    assert counter.charged() == []
    assert counter.gateway.look_up(handle, 1).charged_nothing


def test_what_is_withdrawn_cannot_be_confirmed_any_more(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    assert counter.gateway.withdraw(handle, 1).kind is OutcomeKind.NOT_CHARGED
    counter.confirm(handle)
    assert counter.gateway.look_up(handle, 1).charged_nothing
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


def test_withdrawing_what_never_arrived_is_not_charged(counter: Counter) -> None:
    assert counter.gateway.withdraw(counter.handle(), 1).kind is OutcomeKind.NOT_CHARGED


def test_a_challenge_that_was_closed_cannot_be_confirmed(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.challenge)
    assert counter.gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    counter.confirm(handle)
    assert counter.charged() == []
