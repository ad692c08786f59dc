"""The queue is worked in fair turns, as far as there is room, and woken when there is something to do."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from smartcart import due_rows, work_queue
from smartcart.payments.gateway_events.models import GatewayEvent
from smartcart.work_queue import Claim, Kind, WorkQueue, claim_due
from tests.payments.opened import time_passes
from tests.support.two_at_once import together
from tests.support.waiting import wait_for
from tests.work_queue.letters import LEASE, LIMIT, NEVER, ids, letters, write

pytestmark = pytest.mark.usefixtures("still_clock")


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
    monkeypatch.setattr(due_rows, "SEEN", 5)
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
