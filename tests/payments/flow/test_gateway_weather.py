"""A gateway that is out for everybody: nobody's attempt is wasted on it but probes, and it comes back by itself."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from smartcart import create_app
from smartcart.database.session import db
from smartcart.gateways.protocol import GatewayError
from smartcart.outbox.models import EffectKind
from smartcart.payments.core import letters as wanted_letters
from smartcart.payments.core import queries, weather
from smartcart.payments.core.models import Attempt, EventKind
from smartcart.payments.core.refusals import GatewayOut
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.weather_models import WeatherChange, WeatherMinute
from smartcart.payments.flow import desk, gateway_calls, reconciler, weather_watch
from smartcart.rules.outcomes import GATEWAY_ERROR, NEVER_SENT, TIMED_OUT, Outcome
from smartcart.rules.payment_states import State
from smartcart.rules.weather import Weather
from tests.mail.carrying import carry_out, letters
from tests.payments.flow.outage import MINUTE, goes_out, meet
from tests.payments.opened import (
    AT_THE_BANK,
    DECLINED,
    begin,
    open_session,
    settle,
    stock_left,
    time_passes,
    write_down,
)
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop", "enough_of_everything")


def attempts() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Attempt)) or 0


def press(session: str) -> bool:
    """Whether an attempt was begun by a press on Pay."""
    before = queries.find(session).attempts
    try:
        desk.pay(session, "sandbox_approve", "shopper")
    except GatewayOut:
        assert queries.find(session).attempts == before
        return False
    return True


def is_settled(session: str) -> bool:
    return queries.find(session).state is not State.PROCESSING


@pytest.fixture
def down(gateway: Scripted) -> Iterator[None]:
    gateway.instead |= {"open": GatewayError("no connection", NEVER_SENT), "ask": GATEWAY_ERROR}
    yield
    gateway.instead.clear()


def test_five_shoppers_in_silence_make_it_out_and_it_is_on_record() -> None:
    goes_out()
    assert weather_watch.look() == 0
    change = db.session.scalars(select(WeatherChange)).one()
    assert change.weather is Weather.OUT
    assert db.session.scalars(select(WeatherMinute)).one().silent == 5


@pytest.mark.parametrize("outcome", [DECLINED, AT_THE_BANK])
def test_an_answer_makes_no_weather_whatever_it_says(outcome: Outcome) -> None:
    meet(outcome, 20)
    weather_watch.look()
    assert runtime().weather().weather is Weather.FAIR


def test_one_shopper_makes_no_weather() -> None:
    for _ in range(6):
        meet(TIMED_OUT, 1, "ada")
    weather_watch.look()
    assert runtime().weather().weather is Weather.FAIR


def test_all_processes_know(scripted_shop: Flask, gateway: Scripted) -> None:
    goes_out()
    other = create_app(scripted_shop.extensions["smartcart"].settings, gateway)
    with other.app_context():
        assert runtime().weather.is_out


def test_switched_off_there_is_no_weather(scripted_shop: Flask, gateway: Scripted) -> None:
    settings = scripted_shop.extensions["smartcart"].settings.model_copy(update={"weather": "off"})
    meet(TIMED_OUT)
    with create_app(settings, gateway).app_context():
        assert weather_watch.look() == 0
        assert runtime().weather().weather is Weather.FAIR


def test_of_all_who_press_one_is_the_probe_and_the_others_are_told_the_truth_and_not_counted(
    gateway: Scripted, down: None
) -> None:
    goes_out()
    sessions = [open_session(f"late {which}") for which in range(6)]
    before = attempts()
    assert [press(session) for session in sessions] == [True, False, False, False, False, False]
    assert attempts() == before + 1
    wait_for(lambda: is_settled(sessions[0]))
    assert [queries.find(session).state for session in sessions[1:]] == [State.CREATED] * 5


def test_what_waits_for_a_thread_as_it_goes_out_is_not_sent_and_not_counted(
    scripted_shop: Flask, gateway: Scripted
) -> None:
    session = open_session("waits")
    to_make = write_down(session, has_thread=False)
    goes_out()
    gateway_calls.charge(to_make)
    after = queries.find(session)
    assert (after.state, after.attempts, after.unsent) == (State.INTERRUPTED, 1, 1)
    assert "charge" not in gateway.asked
    page = Shopper(scripted_shop.test_client()).get(f"/pay/{session}").text
    assert "The payment service answers nobody at the moment, so yours was not sent to it." in page
    assert weather.claim_probe("another"), "it was no probe either"


def test_a_probe_that_died_with_its_process_holds_the_others_up_no_longer_than_a_call_may_take() -> None:
    goes_out()
    assert weather.claim_probe("a session")
    time_passes(runtime().lease - 1)
    assert not weather.claim_probe("another")
    time_passes(1)
    assert weather.claim_probe("another")


def test_an_answer_that_comes_late_is_heard_also_while_another_is_the_probe() -> None:
    goes_out()
    assert weather.claim_probe("a session")
    weather.heard("one from before", is_answer=False)
    assert not weather.claim_probe("another")
    weather.heard("a session", is_answer=True)
    assert weather.claim_probe("another")


def test_it_is_fair_again_by_itself_with_nobody_there(gateway: Scripted, down: None) -> None:
    goes_out()
    for _ in range(5):
        assert reconciler.probe() == 1
        wait_for(lambda: runtime().pool.is_idle)
        time_passes(3)
    assert runtime().weather.is_out
    gateway.instead.clear()
    probes = 0
    while runtime().weather.is_out:
        assert probes < 3
        probes += reconciler.probe()
        wait_for(lambda: runtime().pool.is_idle)
        time_passes(3)
    assert probes in (2, 3)  # a question about what is in the dark may be two
    meet(TIMED_OUT, 4)
    weather_watch.look()
    assert runtime().weather().weather is Weather.FAIR  # what was met before is no news any more


def test_there_is_one_probe_also_among_questions(gateway: Scripted, down: None) -> None:
    goes_out()
    assert weather.claim_probe("a session")
    assert reconciler.probe() == 0


def test_automatic_retries_go_into_no_outage() -> None:
    goes_out()
    session = open_session("waits for a retry")
    settle(begin(session), NEVER_SENT)
    time_passes(MINUTE)
    assert weather.claim_probe("a session")
    before = attempts()
    reconciler.attend(session)
    assert attempts() == before
    assert queries.find(session).retry_at is None


@ON_SQLITE
def test_an_order_is_kept_with_its_stock_while_it_is_out_and_no_longer_than_a_day() -> None:
    session, left = open_session("patient"), stock_left()
    goes_out()
    goods = stock_left()
    assert left - goods == 5
    for _ in range(23 * 6):
        time_passes(10 * MINUTE)
        weather_watch.look()
        reconciler.sweep()
    assert queries.find(session).state is State.CREATED
    kept = [event for event in queries.events_of(session) if event.kind is EventKind.EXTENDED]
    assert {(event.actor, event.detail) for event in kept} == {
        ("gateway weather", "kept while the payment service is out")
    }
    assert queries.find(session).extensions == 0
    for _ in range(2 * 6):
        time_passes(10 * MINUTE)
        weather_watch.look()
        reconciler.sweep()
    assert queries.find(session).state is State.EXPIRED


@ON_SQLITE
def test_an_outage_of_ten_minutes_costs_only_probes(gateway: Scripted, down: None) -> None:
    """Somebody presses Pay every second, and some who are refused ask for a letter; the clock is held."""
    before, wasted, refused, asked = attempts(), 0, 0, list[str]()
    for second in range(10 * MINUTE):
        session = open_session(f"second {second}")
        was_out = runtime().weather.is_out
        has_begun = press(session)
        wait_for(lambda: runtime().pool.is_idle)
        wasted += has_begun and not was_out
        refused += not has_begun
        if not has_begun and second % 20 == 0:
            wanted_letters.want(session)
            asked.append(session)
        time_passes(1)
        if second % 3 == 0:
            weather_watch.look()
    probes = attempts() - before - wasted
    assert wasted <= 9
    assert probes <= 10 * MINUTE / 3
    assert refused >= 10 * MINUTE - wasted - probes
    gateway.instead.clear()
    seconds = 0
    while runtime().weather.is_out:
        press(open_session(f"after {seconds}"))
        wait_for(lambda: runtime().pool.is_idle)
        seconds += 1
        time_passes(1)
    assert seconds <= 10
    weather_watch.look()
    while carry_out():
        pass
    assert asked
    assert all(
        [each.kind for each in letters(session) if each.message] == [EffectKind.PAYMENTS_WORK] for session in asked
    )
