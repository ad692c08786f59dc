"""Who has seen on the page what became of a payment is not written that; who has not, is."""

from collections.abc import Callable

import pytest

from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls
from smartcart.payments.page.seen import SEEN
from smartcart.rules.letters import INTERRUPTED_UNSEEN
from smartcart.rules.payment_states import State
from tests.mail.carrying import carry_out, letter, letters
from tests.payments.opened import end_unpaid, open_session, state_of, time_passes, write_down
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for


def interrupt() -> str:
    session = open_session()
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    assert state_of(session) is State.INTERRUPTED
    return session


def page(session: str) -> str:
    return f"/pay/{session}"


def news(session: str) -> str:
    return f"/pay/{session}/status?seen={queries.find(session).version - 1}"


@pytest.mark.parametrize("look", [page, news])
def test_what_is_seen_is_not_written(shopper: Shopper, look: Callable[[str], str]) -> None:
    session = interrupt()
    assert letter(session).fate is Fate.WAITING
    shopper.get(look(session))
    wait_for(lambda: letter(session).fate is Fate.WITHDRAWN)
    assert (letter(session).problem, letter(session).due_at) == (SEEN, None)


def test_how_it_ended_is_seen_as_well(shopper: Shopper) -> None:
    session, _ = end_unpaid(State.CANCELLED)
    shopper.get(news(session))
    wait_for(lambda: {each.fate for each in letters(session)} == {Fate.WITHDRAWN})


def test_a_page_that_asks_whether_there_is_news_has_not_seen_it(shopper: Shopper) -> None:
    session = interrupt()
    shopper.client.head(news(session))
    shopper.get(f"/pay/{session}/status?seen={queries.find(session).version}")
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert letter(session).fate is Fate.KEPT


def test_what_was_seen_before_another_attempt_says_nothing_of_that(shopper: Shopper) -> None:
    session = interrupt()
    shopper.get(page(session))
    wait_for(lambda: letter(session).fate is Fate.WITHDRAWN)
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    assert [each.fate for each in letters(session)] == [Fate.WITHDRAWN, Fate.WAITING]


def test_a_receipt_is_sent_whoever_saw_that_it_is_paid(shopper: Shopper) -> None:
    session = open_session()
    gateway_calls.charge(write_down(session))
    shopper.get(page(session))
    carry_out()
    assert (letter(session).kind, letter(session).fate) == (EffectKind.RECEIPT, Fate.KEPT)


@pytest.mark.parametrize("look", [page, news])
def test_whoever_looks_again_takes_no_thread(
    shopper: Shopper, look: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = interrupt()
    shopper.get(look(session))
    wait_for(lambda: letter(session).fate is Fate.WITHDRAWN)
    taken: list[object] = []
    monkeypatch.setattr(runtime().pool, "run", taken.append)
    shopper.get(look(session))
    assert not taken
