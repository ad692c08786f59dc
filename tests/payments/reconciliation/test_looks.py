"""When the gateway's books are looked into, by whom, and what becomes of a look that does not come to its end."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from smartcart import clock
from smartcart.gateways.books import Charge
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.reconciliation import comparison
from tests.payments.opened import open_session, time_passes, write_down
from tests.payments.paying import pay_new_session
from tests.payments.scripted import Scripted

pytestmark = pytest.mark.usefixtures("scripted_shop")


def test_books_that_cannot_be_read_are_read_from_the_same_moment_again(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(since: datetime | None = None) -> Iterator[Charge]:
        raise GatewayError("the gateway is down")

    with monkeypatch.context() as broken:
        broken.setattr(gateway, "charges", down)
        assert comparison.run() == 0
    assert _last_look() == ("the gateway is down", None, False)
    comparison.run()
    assert _last_look() == ("", clock.now(), False)


def test_a_look_that_breaks_is_over_at_once_and_the_next_one_reads_what_it_did_not(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(gateway, "charges", lambda since: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            comparison.run()
    assert _last_look() == ("the reading broke off; the log says why", None, False)
    comparison.run()
    assert _last_look() == ("", clock.now(), False)


def _last_look() -> tuple[str, datetime | None, bool]:
    last = comparison.last_run()
    assert last
    return last.trouble, last.seen_until, last.is_under_way


def test_two_do_not_look_at_once_and_one_that_died_is_replaced(gateway: Scripted) -> None:
    assert comparison._begin() is not None
    assert comparison._begin() is None
    time_passes(comparison.GIVEN_UP_AFTER.total_seconds() + 1)
    assert comparison._begin() is not None


def test_what_one_process_has_just_read_another_need_not() -> None:
    pay_new_session()
    assert (comparison.run_when_due(), comparison.run_when_due()) == (1, 0)
    time_passes(comparison.INTERVAL)
    assert comparison.run_when_due() == 1


def test_while_nothing_moves_the_books_are_read_every_hour_and_then_every_four() -> None:
    pay_new_session()
    looks: list[float] = []
    begun = clock.now()
    for _ in range(2 * 24 * 6):
        if comparison.run_when_due() or _last_look()[1] == clock.now():
            looks.append((clock.now() - begun).total_seconds())
        time_passes(comparison.INTERVAL)
    first_hour, first_day = [at for at in looks if at < 3600], [at for at in looks if 3600 <= at < 86400]
    assert len(first_hour) == 6
    assert 20 <= len(first_day) <= 26
    assert len(looks) - len(first_hour) - len(first_day) <= 7
    assert 3 * 15 * len(looks) < 10_000 / 3  # thirty such days, three lists a look, of the least that Stripe allows


def test_while_an_answer_is_owed_the_books_are_read_often() -> None:
    write_down(open_session())
    comparison.run()
    time_passes(comparison.INTERVAL)
    comparison.run_when_due()
    assert _last_look()[1] == clock.now()


def test_a_look_that_lies_ahead_as_the_clock_was_wrong_is_none() -> None:
    comparison.run()
    time_passes(-7200)
    comparison.run_when_due()
    assert _last_look()[1] == clock.now()
