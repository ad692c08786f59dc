"""Rows that come due are claimed by one, and come due again when whoever claimed them died."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from flask import Flask

from smartcart import clock, due_rows, work_queue
from smartcart.database.session import writing
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.work_queue import WorkQueue, again_later, bring_forward, claim_due, done, is_any_due
from tests.payments.opened import time_passes
from tests.support.two_at_once import PATIENCE, together
from tests.work_queue.letters import INTERVAL, LEASE, LIMIT, LONGEST, ids, letter, letters, write

pytestmark = pytest.mark.usefixtures("still_clock")


def test_what_is_due_is_claimed_oldest_first_and_no_more_than_asked_for() -> None:
    written = write(5)
    write(1, "grace", due_in=1)
    assert ids(claim_due(letters(), 3)) == written[:3]
    assert ids(claim_due(letters(), 9)) == written[3:]
    assert claim_due(letters(), 9) == []
    assert not is_any_due(letters())


@pytest.mark.parametrize("limit", [0, -1])
def test_without_room_nothing_is_claimed(limit: int) -> None:
    write(1)
    assert claim_due(letters(), limit) == []
    assert is_any_due(letters())


def test_of_many_who_claim_at_once_each_has_others(app: Flask) -> None:
    written = write(12)
    claims = together(app, *[lambda: ids(claim_due(letters(), 4))] * 6)
    assert sorted(chain.from_iterable(claims)) == sorted(written)  # type: ignore[arg-type]


def test_where_nothing_is_due_the_question_in_full_is_not_put(monkeypatch: pytest.MonkeyPatch) -> None:
    write(5, due_in=1)
    put: list[Any] = []
    monkeypatch.setattr(due_rows, "next_ids", lambda *question: put.append(question) or [])
    assert claim_due(letters(), 9) == []
    assert not put
    time_passes(1)
    claim_due(letters(), 9)
    assert put


def test_who_comes_while_another_is_claiming_has_the_next(
    app: Flask, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has its rows locked and not committed when the second comes; on SQLite that one waits for its turn."""
    written, change = write(4), work_queue._change
    second: list[Future[Any]] = []

    def change_while_another_comes(*rows: Any, **values: Any) -> int:
        monkeypatch.undo()
        changed = change(*rows, **values)
        second.append(threads.submit(lambda: together(app, lambda: ids(claim_due(letters(), 2)))))
        wait(second, timeout=PATIENCE)
        return changed

    monkeypatch.setattr(work_queue, "_change", change_while_another_comes)
    assert ids(claim_due(letters(), 2)) == written[:2]
    assert second[0].result(LIMIT) == [written[2:]]


def test_who_was_overtaken_between_looking_and_claiming_has_none_of_the_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, look = write(3), due_rows.next_ids

    def look_and_be_overtaken(*asked: Any) -> Sequence[str]:
        monkeypatch.undo()
        seen: Sequence[str] = look(*asked)
        assert together(app, lambda: ids(claim_due(letters(), 2))) == [written[:2]]
        return seen

    monkeypatch.setattr(due_rows, "next_ids", look_and_be_overtaken)
    assert ids(claim_due(letters(), 3)) == written[2:]


def test_what_a_dead_claimer_had_comes_due_again_and_is_another_s() -> None:
    [written] = write(1)
    [first] = claim_due(letters(), 1)
    time_passes(LEASE - 0.1)
    assert claim_due(letters(), 1) == []
    time_passes(0.2)
    [second] = claim_due(letters(), 1)
    assert (first.id, second.id) == (written, written)
    # The first was not dead, only late.
    assert not done(first, fate=Fate.APPLIED)
    assert not again_later(first, 1, INTERVAL)
    assert (letter(written).due_at, letter(written).fate, letter(written).tries) == (second.until, Fate.WAITING, 0)
    assert done(second, fate=Fate.APPLIED)


@pytest.mark.parametrize("fate", [Fate.APPLIED, Fate.GIVEN_UP])
def test_what_is_done_or_given_up_never_comes_again(fate: Fate) -> None:
    [written] = write(1)
    assert done(claim_due(letters(), 1)[0], fate=fate, problem="what came of it")
    time_passes(10 * LONGEST)
    assert claim_due(letters(), 1) == []
    assert (letter(written).fate, letter(written).problem, letter(written).due_at) == (fate, "what came of it", None)


def test_what_fails_comes_again_later_and_later() -> None:
    [written] = write(1)
    waits = []
    for tries in range(1, 12):
        [claim] = claim_due(letters(), 1)
        assert again_later(claim, tries, INTERVAL, problem="nobody at home")
        due_at = letter(written).due_at
        assert due_at is not None
        waits.append((due_at - clock.now()).total_seconds())
        assert claim_due(letters(), 1) == []
        time_passes(waits[-1])
    assert (letter(written).tries, letter(written).problem) == (11, "nobody at home")
    for tries, seconds in enumerate(waits):
        longest = min(INTERVAL * 2**tries, LONGEST)
        assert 0.75 * longest <= seconds <= longest


@pytest.mark.parametrize("ahead", [LONGEST + 1, 3600, 2 * 86_400])
def test_what_a_wrong_clock_put_off_farther_than_any_wait_is_due(ahead: float) -> None:
    write(1, "grace", due_in=1)
    written = write(1, due_in=ahead)
    assert ids(claim_due(letters(), 1)) == written


def test_what_a_wrong_clock_put_off_a_little_is_brought_forward() -> None:
    late, soon = write(1, "ada", due_in=300), write(1, "grace", due_in=20)
    assert claim_due(letters(), 9) == []
    with writing():
        assert bring_forward(letters(), within=30) == 1
    time_passes(30)
    assert sorted(ids(claim_due(letters(), 9))) == sorted(late + soon)


def test_what_has_a_thousand_due_holds_nobody_up() -> None:
    attended: list[str] = []
    write(1000, "ada")
    time_passes(1)
    write(1, "grace")
    kind = letters(lambda claim: attended.append(claim.group), group=GatewayEvent.subject)
    WorkQueue(replace(kind, room=lambda: 8 - len(attended))).begin_due()
    assert sorted(attended[:2]) == ["ada", "grace"]
    assert attended[2:] == ["ada"] * 6
