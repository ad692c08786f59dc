"""Rows that come due are claimed by one, in fair turns, and come due again when whoever claimed them died."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from smartcart import clock, work_queue
from smartcart.database.session import db, writing
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.work_queue import Claim, Kind, WorkQueue, again_later, bring_forward, claim_due, done, is_any_due
from tests.payments.opened import NOW, time_passes
from tests.support.two_at_once import PATIENCE, together
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("still_clock")

LEASE, LONGEST, INTERVAL = 30.0, 600.0, 5.0
# What is waited for that must come; and a tick that must not be what brought it. In seconds.
LIMIT, NEVER = 20.0, 600.0


@pytest.fixture
def still_clock(app: Flask) -> Iterator[None]:
    clock.freeze(NOW)
    yield
    clock.freeze(None)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def letters(attend: Callable[[Claim], Future[None] | None] = lambda claim: None, room: int = 8, **more: Any) -> Kind:
    """Rows of a real table that has all that a queue needs, as letters that are to be sent to their `subject`."""
    return Kind(GatewayEvent, attend, lambda: room, LEASE, LONGEST, **more)


def write(number: int, receiver: str = "ada", due_in: float = 0.0, kind: str = "letter") -> list[str]:
    """So many letters, the first the oldest; returns their ids."""
    rows = [
        {
            "id": f"{kind} {each} to {receiver}",
            "kind": kind,
            "subject": receiver,
            "reference": "",
            "claimed_session": "",
            "happened_at": NOW,
            "received_at": NOW,
            "body": "",
            "fate": Fate.WAITING,
            "due_at": clock.now() + timedelta(seconds=due_in, microseconds=each - number),
        }
        for each in range(number)
    ]
    with writing():
        db.session.execute(insert(GatewayEvent), rows)
    return [str(row["id"]) for row in rows]


def letter(letter_id: str) -> GatewayEvent:
    db.session.rollback()
    return db.session.get_one(GatewayEvent, letter_id, populate_existing=True)


def ids(claims: Sequence[Claim]) -> list[str]:
    return [claim.id for claim in claims]


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
    written, look = write(3), work_queue._next

    def look_and_be_overtaken(*asked: Any) -> Sequence[str]:
        monkeypatch.undo()
        seen: Sequence[str] = look(*asked)
        assert together(app, lambda: ids(claim_due(letters(), 2))) == [written[:2]]
        return seen

    monkeypatch.setattr(work_queue, "_next", look_and_be_overtaken)
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


def test_a_receiver_that_hangs_holds_nobody_up(threads: ThreadPoolExecutor) -> None:
    hanging: Future[None] = Future()
    attended: list[str] = []

    def send(claim: Claim) -> Future[None] | None:
        attended.append(claim.id)
        return hanging if claim.group == "ada" else None

    to_ada = write(1000, "ada")
    queue = WorkQueue(letters(send, group=GatewayEvent.subject, at_once=1))
    assert queue.begin_due() == 1
    to_grace = write(3, "grace")
    assert queue.begin_due() == 3
    assert attended == [to_ada[0], *to_grace]
    hanging.set_result(None)
    hanging = Future()
    assert queue.begin_due() == 1
    assert attended[-1] == to_ada[1]


def test_where_one_has_more_due_than_is_looked_at_others_have_their_turn_while_it_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work_queue, "SEEN", 5)
    to_ada = write(20, "ada")
    time_passes(1)
    to_grace = write(2, "grace")
    kind = letters(group=GatewayEvent.subject, at_once=2)
    assert ids(claim_due(kind, 8)) == to_ada[:2]
    assert ids(claim_due(kind, 8, {"ada": 2})) == to_grace


def test_of_those_who_wait_it_is_the_turn_of_whom_the_fewest_are_under_way() -> None:
    write(4, "ada")
    write(4, "grace")
    kind = letters(group=GatewayEvent.subject)
    assert [claim.group for claim in claim_due(kind, 3, {"ada": 2})] == ["grace", "grace", "ada"]


def test_a_row_that_breaks_holds_nobody_up_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    attended: list[str] = []

    def attend(claim: Claim) -> None:
        attended.append(claim.id)
        if len(attended) == 1:
            raise ZeroDivisionError

    written = write(3)
    queue = WorkQueue(letters(attend))
    assert queue.begin_due() == 3
    assert attended == written
    assert f"gateway_event {written[0]} could not be attended to" in caplog.text
    time_passes(LEASE + 1)
    queue.begin_due()
    assert attended.count(written[0]) == 2


def test_a_fault_of_the_database_is_for_whoever_works_the_queue() -> None:
    def attend(claim: Claim) -> None:
        raise OperationalError("update", {}, Exception("the disk is full"))

    write(1)
    with pytest.raises(OperationalError):
        WorkQueue(letters(attend)).begin_due()


@pytest.mark.parametrize("threads_free", [1, 2, 4])
def test_kinds_take_turns_and_share_the_room(threads_free: int) -> None:
    attended: list[str] = []
    work: list[Future[None]] = []
    write(20, kind="letter")
    write(20, kind="parcel")

    def of(name: str) -> Kind:
        def begin(claim: Claim) -> Future[None]:
            attended.append(name)
            work.append(Future())
            return work[-1]

        kind = letters(begin, which=[GatewayEvent.kind == name])
        return replace(kind, room=lambda: threads_free - sum(not each.done() for each in work))

    queue = WorkQueue(of("letter"), of("parcel"))
    while queue.begin_due():
        for each in work:
            if not each.done():
                each.set_result(None)
    assert len(attended) == 40
    for turns in range(2, 40, 2):
        assert abs(attended[:turns].count("letter") - turns // 2) <= threads_free // 2


def test_no_more_is_under_way_than_there_is_room_for(threads: ThreadPoolExecutor) -> None:
    work: list[Future[None]] = []

    def begin(claim: Claim) -> Future[None]:
        work.append(Future())
        return work[-1]

    write(9)
    queue = WorkQueue(replace(letters(begin), room=lambda: 4 - sum(not each.done() for each in work)))
    assert (queue.begin_due(), queue.begin_due()) == (4, 0)
    assert len(claim_due(letters(), 9)) == 5, "what there is no room for is left to others"
    for each in work:
        each.set_result(None)
    assert queue.begin_due() == 0


def test_what_comes_due_while_something_hangs_is_attended_to_as_soon_as_it_is_told(
    app: Flask, threads: ThreadPoolExecutor
) -> None:
    hanging: Future[None] = Future()
    attended: list[str] = []

    def begin(claim: Claim) -> Future[None] | None:
        attended.append(claim.id)
        return hanging if len(attended) == 1 else None

    first = write(1)
    queue = WorkQueue(letters(begin))
    finished = threads.submit(lambda: together(app, lambda: queue.finish(NEVER)))
    wait_for(lambda: attended == first)
    second = write(1, "grace")
    queue.wake()
    wait_for(lambda: attended == first + second)
    assert not finished.done()
    hanging.set_result(None)
    assert finished.result(LIMIT) == [2]


def test_what_is_done_makes_room_for_the_next(app: Flask, threads: ThreadPoolExecutor) -> None:
    write(30)
    work: list[Future[None]] = []

    def begin(claim: Claim) -> Future[None]:
        work.append(threads.submit(lambda: time.sleep(0.001)))
        return work[-1]

    kind = replace(letters(begin), room=lambda: 2 - sum(not each.done() for each in work))
    assert WorkQueue(kind).finish(NEVER) == 30


def test_a_wake_up_that_comes_while_nobody_waits_is_not_lost() -> None:
    queue = WorkQueue(letters(lambda claim: queue.wake()))
    write(1)
    queue.begin_due()
    began = time.monotonic()
    queue.wait(LIMIT)
    assert time.monotonic() - began < LIMIT


def test_it_waits_by_the_clock_that_nobody_sets() -> None:
    """The other stands still here."""
    queue = WorkQueue(letters())
    began = time.monotonic()
    queue.wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_only_where_a_queue_is_worked_somebody_is_woken(app: Flask) -> None:
    assert not work_queue.wake()
    app.extensions[work_queue.AT_WORK] = queue = WorkQueue()
    assert work_queue.wake()
    began = time.monotonic()
    queue.wait(LIMIT)
    assert time.monotonic() - began < LIMIT
