"""The outbox is carried out whoever it is for: what is for one that is dead keeps nothing of another waiting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Thread
from unittest.mock import Mock

import pytest
from flask import Flask

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind, Fate, Receiver
from smartcart.outbox.worker import DEFECT, FOR_ONE, THREADS, Carried, LostClaim, NotAnyMore, Worker
from smartcart.rules import patience
from smartcart.work_queue import Claim, WorkQueue
from tests.payments.opened import time_passes
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("still_clock")

ANY = 2**31 - 1


def write(session_id: str, receiver: str = Receiver.MAIL) -> None:
    with writing():
        effects.write(EffectKind.RECEIPT, session_id, receiver)  # type: ignore[arg-type]  # any word will do


def only() -> Effect:
    db.session.rollback()
    [found] = effects.newest(ANY)
    db.session.refresh(found)
    return found


def deliver(claim: Claim, effect: Effect) -> Carried:
    return Carried(Fate.DELIVERED)


def test_what_is_asked_for_twice_is_carried_out_once(app: Flask) -> None:
    for _ in range(2):
        write("a session")
    assert WorkQueue(Worker(app, deliver).due()).finish(1.0) == 1
    assert (only().fate, only().due_at) == (Fate.DELIVERED, None)
    write("a session")
    assert WorkQueue(Worker(app, deliver).due()).finish(1.0) == 0


def test_where_the_system_gave_no_thread_for_a_while_all_is_carried_out_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2 * THREADS):
        write(f"session {number}", f"receiver {number}")
    queue = WorkQueue(Worker(app, deliver).due())
    with monkeypatch.context() as for_now:
        for_now.setattr(Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        queue.begin_due()
    time_passes(patience.CARRYING_OUT + 1)
    assert queue.finish(1.0) == 2 * THREADS


def test_what_two_write_at_once_is_there_once(app: Flask) -> None:
    assert together(app, *[lambda: write("a session")] * 4) == [None] * 4
    assert only().session_id == "a session"


def test_what_is_undone_with_its_payment_is_never_carried_out(app: Flask) -> None:
    def write_and_break() -> None:
        with writing():
            effects.write(EffectKind.RECEIPT, "a session", Receiver.MAIL)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_break()
    assert effects.newest(ANY) == []


def test_one_that_hangs_leaves_room_for_the_others(app: Flask, threads: ThreadPoolExecutor) -> None:
    over, carried = Event(), []

    def carry(claim: Claim, effect: Effect) -> Carried:
        if effect.receiver == "dead":
            over.wait(30)
        else:
            carried.append(effect.session_id)
        return Carried(Fate.DELIVERED)

    for number in range(3 * THREADS):
        write(f"dead {number}", "dead")
    queue = WorkQueue(Worker(app, carry).due())
    queue.begin_due()
    for number in range(FOR_ONE):
        write(f"well {number}", "well")
    wait_for(lambda: queue.begin_due() >= 0 and len(carried) == FOR_ONE)
    over.set()
    queue.finish(1.0)


def test_nothing_is_begun_while_people_wait_and_one_after_the_other_where_they_always_do(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, at_once = True, []

    def carry(claim: Claim, effect: Effect) -> Carried:
        at_once.append(worker.due().room())
        return Carried(Fate.DELIVERED)

    for number in range(FOR_ONE):
        write(f"session {number}")
    worker = Worker(app, carry, people_wait=lambda: waiting)
    assert WorkQueue(worker.due()).finish(1.0) == 0
    monkeypatch.setattr(patience, "LETTERS_GIVE_WAY", 0.0)
    assert WorkQueue(worker.due()).finish(1.0) == FOR_ONE
    assert at_once == [0] * FOR_ONE
    write("later")
    waiting = False
    monkeypatch.undo()
    assert WorkQueue(worker.due()).finish(1.0) == 1


def test_a_defect_is_for_a_person_in_the_end_and_stops_no_other(app: Flask) -> None:
    def carry(claim: Claim, effect: Effect) -> Carried:
        if effect.session_id == "broken":
            raise ZeroDivisionError
        return Carried(Fate.DELIVERED)

    for name in ("broken", "whole"):
        write(name)
    WorkQueue(Worker(app, carry).due()).finish(1.0)
    [broken] = effects.of_session("broken")
    assert (broken.fate, broken.problem, broken.tries) == (Fate.WAITING, DEFECT, 1)
    assert effects.of_session("whole")[0].fate is Fate.DELIVERED
    time_passes(patience.UNDELIVERED_FOR)
    WorkQueue(Worker(app, carry).due()).finish(1.0)
    assert effects.number_given_up() == 1


def test_who_has_lost_the_claim_writes_nothing_down(app: Flask) -> None:
    def carry(claim: Claim, effect: Effect) -> Carried:
        time_passes(patience.CARRYING_OUT)
        WorkQueue(Worker(app, deliver).due()).finish(1.0)  # another, after the claim's end
        if not effects.keep_message(claim, b"too late", effect.written_at):
            raise LostClaim
        return Carried(Fate.GIVEN_UP)

    write("a session")
    WorkQueue(Worker(app, carry).due()).finish(1.0)
    assert (only().fate, only().message) == (Fate.DELIVERED, None)


def test_what_has_waited_for_a_month_is_forgotten_but_for_what_waits_still(app: Flask) -> None:
    write("old")
    WorkQueue(Worker(app, deliver).due()).finish(1.0)
    write("old and waiting")
    time_passes(31 * 86400)
    write("new")
    assert effects.forget_old() == 1
    assert [effect.session_id for effect in effects.newest(ANY)] == ["new", "old and waiting"]
    time_passes(31 * 86400)
    WorkQueue(Worker(app, deliver).due()).finish(1.0)
    assert effects.forget_old() == 2


def test_what_is_for_later_is_left_alone_until_then(app: Flask) -> None:
    with writing():
        effects.write(EffectKind.RECEIPT, "a session", Receiver.MAIL, at=clock.now() + timedelta(hours=25))
    queue = WorkQueue(Worker(app, deliver).due())
    time_passes(25 * 3600 - 1)
    assert queue.finish(1.0) == 0
    time_passes(1)
    assert queue.finish(1.0) == 1


def test_each_occasion_has_a_row_of_its_own(app: Flask) -> None:
    with writing():
        for occasion in ("first", "second", "first"):
            effects.write(EffectKind.RECEIPT, "a session", Receiver.MAIL, occasion)
    assert WorkQueue(Worker(app, deliver).due()).finish(1.0) == 2


def test_what_is_not_wanted_any_more_is_over_and_says_why(app: Flask) -> None:
    def carry(claim: Claim, effect: Effect) -> Carried:
        raise NotAnyMore("the order was paid")

    write("a session")
    WorkQueue(Worker(app, carry).due()).finish(1.0)
    assert (only().fate, only().due_at, only().problem) == (Fate.WITHDRAWN, None, "the order was paid")
    assert not effects.try_again(only().id)
    assert effects.number_given_up() == 0
