"""The shop as people run it, with Stripe and without a single webhook: what it is not told, it asks."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import ON_SQLITE, Databases
from tests.support.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeServer]:
    """One that forgets nothing, so that the shop's books can be held against its own in the end."""
    server = StripeServer(tmp_path_factory.mktemp("stripe"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def bad_network(stripe: StripeServer) -> Iterator[FaultProxy]:
    with fault_proxy(stripe.port) as proxy:
        yield proxy


@pytest.fixture
def proxy(bad_network: FaultProxy) -> Iterator[FaultProxy]:
    """It does nothing to nobody until a test says so."""
    bad_network.seen.clear()
    yield bad_network
    bad_network.lift()


@pytest.fixture(scope="module")
def shop(
    databases: Databases,
    prepared_database: str,
    stripe: StripeServer,
    bad_network: FaultProxy,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningShop]:
    """It runs, and reaches Stripe through the proxy. When all is over, its books are Stripe's."""
    folder = tmp_path_factory.mktemp("shop")
    shop = RunningShop(folder, databases.create(prepared_database), stripe, stripe_api_base=bad_network.url)
    shop.start()
    yield shop
    shop.stop()
    assert shop.audit() == []


@pytest.fixture
def visitor(shop: RunningShop) -> Visitor:
    return shop.visitor()


def charges(stripe: StripeServer, session: str) -> list[tuple[str, int]]:
    """Attempt and amount of every charge of a session."""
    return [(charge["metadata"]["smartcart_attempt"], charge["amount"]) for charge in of(session, stripe.charges())]


def intent(stripe: StripeServer, session: str) -> dict[str, Any]:
    [found] = of(session, stripe.all("payment_intent"))
    return found


def of(session: str, things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in things if each["metadata"]["smartcart_session"] == session]


def begin(visitor: Visitor, token: str) -> str:
    """Order something and press Pay; returns the session's id."""
    session = visitor.order()
    assert visitor.pay(session, token).status == 303
    return session


def test_a_card_is_charged_once(visitor: Visitor, stripe: StripeServer) -> None:
    session = begin(visitor, stripe.token())
    assert visitor.wait_until(session, "completed").money == "taken"
    assert charges(stripe, session) == [("1", 4200)]


def test_after_a_decline_another_card_pays(visitor: Visitor, stripe: StripeServer) -> None:
    session = begin(visitor, stripe.token(DECLINE))
    assert visitor.wait_until(session, "interrupted").money == "not_taken"
    visitor.pay(session, stripe.token())
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("2", 4200)]


def test_three_declines_close_the_intent_for_good(visitor: Visitor, stripe: StripeServer) -> None:
    session = begin(visitor, stripe.token(DECLINE))
    for _ in range(2):
        visitor.wait_until(session, "interrupted")
        visitor.pay(session, stripe.token(DECLINE))
    assert visitor.wait_until(session, "failed").money == "not_taken"
    assert intent(stripe, session)["status"] == "canceled"


def test_a_charge_that_takes_longer_than_the_shop_waits_is_found(visitor: Visitor, stripe: StripeServer) -> None:
    stripe.take_long("/confirm$", 2.5)
    session = begin(visitor, stripe.token())
    assert visitor.wait_until(session, "checking").money == "checking"
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("1", 4200)]


def test_a_lost_reply_is_asked_for(visitor: Visitor, stripe: StripeServer, proxy: FaultProxy) -> None:
    proxy.meet("/confirm ", Fault.RESET_AFTER)
    session = begin(visitor, stripe.token())
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("1", 4200)]


def test_a_network_that_is_down_is_tried_again_by_itself(
    visitor: Visitor, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet("", Fault.REFUSED)
    session = begin(visitor, stripe.token())
    wait_for(lambda: visitor.status(session).attempts >= 2)
    proxy.lift()
    visitor.wait_until(session, "completed", "failed")
    assert len(charges(stripe, session)) == (visitor.status(session).state == "completed")


@pytest.mark.parametrize(("answer", "state"), [("confirm", "completed"), ("refuse", "interrupted")])
def test_what_the_shopper_says_to_the_bank_is_asked_for(
    visitor: Visitor, stripe: StripeServer, answer: str, state: str
) -> None:
    session = begin(visitor, stripe.token(CHALLENGE))
    visitor.wait_until(session, "action_required")
    stripe.answer_bank(intent(stripe, session)["id"], confirmed=answer == "confirm")
    visitor.wait_until(session, state)
    assert len(charges(stripe, session)) == (answer == "confirm")


def test_who_gives_up_at_the_bank_can_pay_with_another_card(visitor: Visitor, stripe: StripeServer) -> None:
    session = begin(visitor, stripe.token(CHALLENGE))
    visitor.wait_until(session, "action_required")
    visitor.cancel(session)
    assert visitor.wait_until(session, "cancelled").money == "not_taken"
    assert stripe.confirm(intent(stripe, session)["id"]) is False
    assert charges(stripe, session) == []


def test_killed_while_stripe_charges_it_finds_the_charge_when_it_comes_back(
    shop: RunningShop, visitor: Visitor, stripe: StripeServer, proxy: FaultProxy
) -> None:
    stripe.take_long("/confirm$", 1.5)
    session = begin(visitor, stripe.token())
    wait_for(lambda: proxy.is_met("/confirm "))
    shop.kill()
    wait_for(lambda: charges(stripe, session))
    shop.start()
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("1", 4200)]


def test_killed_before_its_request_arrived_it_makes_sure_that_it_never_will(
    shop: RunningShop, visitor: Visitor, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet("/confirm ", Fault.SILENT_BEFORE)
    session = begin(visitor, stripe.token())
    wait_for(lambda: proxy.is_met("/confirm "))
    shop.kill()
    proxy.lift()
    shop.start()
    assert visitor.wait_until(session, "interrupted").money == "not_taken"
    visitor.pay(session, stripe.token(APPROVE))
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("2", 4200)]


def test_killed_before_the_reference_was_written_down_it_finds_the_same_again(
    shop: RunningShop, visitor: Visitor, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet("POST /v1/payment_intents ", Fault.SILENT_AFTER)
    session = begin(visitor, stripe.token())
    wait_for(lambda: of(session, stripe.all("payment_intent")))
    shop.kill()
    proxy.lift()
    shop.start()
    visitor.wait_until(session, "interrupted")
    visitor.pay(session, stripe.token())
    visitor.wait_until(session, "completed")
    assert intent(stripe, session)["status"] == "succeeded"


def test_stripe_itself_may_be_gone_for_a_while(visitor: Visitor, stripe: StripeServer, proxy: FaultProxy) -> None:
    proxy.meet("/confirm ", Fault.RESET_AFTER)
    session = begin(visitor, stripe.token())
    wait_for(lambda: charges(stripe, session))
    stripe.kill()
    proxy.lift()
    assert visitor.wait_until(session, "checking", "completed")
    stripe.start()
    visitor.wait_until(session, "completed")
    assert charges(stripe, session) == [("1", 4200)]
