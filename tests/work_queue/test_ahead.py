"""More is claimed than there is room for now, so that it is looked up once; and some of it before it is due."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from flask import Flask

from smartcart import due_rows
from smartcart.payments.gateway_events.models import GatewayEvent
from smartcart.work_queue import OTHERS, Claim, Kind, WorkQueue, claim_due
from tests.payments.opened import time_passes
from tests.support.two_at_once import together
from tests.support.waiting import wait_for
from tests.work_queue.letters import LEASE, LIMIT, ids, letter, letters, write

pytestmark = pytest.mark.usefixtures("still_clock")


class Hands:
    """So many letters are under way at once; each is done when it is told."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.attended: list[str] = []
        self._work: list[Future[None]] = []

    def attend(self, claim: Claim) -> Future[None]:
        self.attended.append(claim.id)
        self._work.append(Future())
        return self._work[-1]

    def kind(self, ahead: int, **more: Any) -> Kind:
        return replace(letters(self.attend, **more), room=lambda: self.number - len(self._work), ahead=ahead)

    def one_is_done(self) -> None:
        self._work.pop(0).set_result(None)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many ids each look for whose turn it is has found."""
    seen: list[int] = []
    look: Callable[..., Sequence[str]] = due_rows.next_ids

    def counted(*asked: Any) -> Sequence[str]:
        found = look(*asked)
        seen.append(len(found))
        return found

    monkeypatch.setattr(due_rows, "next_ids", counted)
    return seen


def test_of_what_was_claimed_ahead_each_is_attended_to_in_turn_as_there_is_room(looks: list[int]) -> None:
    written, hands = write(10), Hands(2)
    queue = WorkQueue(hands.kind(ahead=10))
    for under_way in range(2, 10):
        queue.begin_due()
        assert hands.attended == written[:under_way]
        hands.one_is_done()
    assert looks == [10], "whose turn is next was looked up once"


def test_what_waited_here_for_longer_than_its_claim_lasts_is_left_to_whoever_comes() -> None:
    write(3)
    hands = Hands(1)
    queue = WorkQueue(hands.kind(ahead=3))
    queue.begin_due()
    time_passes(LEASE)
    others = claim_due(letters(), 9)
    assert len(others) == 3
    hands.one_is_done()
    assert queue.begin_due() == 0


def test_without_room_nothing_is_claimed_ahead() -> None:
    write(3)
    assert WorkQueue(Hands(0).kind(ahead=3)).begin_due() == 0
    assert len(claim_due(letters(), 9)) == 3


def test_what_is_claimed_ahead_of_a_group_waits_until_fewer_than_may_be_are_under_way(looks: list[int]) -> None:
    to_ada = write(5, "ada")
    write(1, "grace")
    hands = Hands(8)
    queue = WorkQueue(hands.kind(ahead=8, group=GatewayEvent.subject, at_once=2))
    queue.begin_due()
    assert sorted(each.split()[-1] for each in hands.attended) == ["ada", "ada", "grace"]
    hands.one_is_done()
    looks.clear()
    queue._begin(queue._kinds[0], 1)
    assert (hands.attended[3:], looks) == (to_ada[2:3], [])


def test_what_waits_of_a_group_that_is_full_keeps_no_other_group_waiting() -> None:
    write(5, "ada")
    queue = WorkQueue(Hands(8).kind(ahead=8, group=GatewayEvent.subject, at_once=2))
    queue.begin_due()
    write(1, "grace")
    wait_for(lambda: queue.begin_due() == 1, OTHERS + LIMIT)


def test_while_what_waits_is_of_a_group_that_is_full_others_are_not_looked_for_each_time(looks: list[int]) -> None:
    write(5, "ada")
    queue = WorkQueue(Hands(8).kind(ahead=8, group=GatewayEvent.subject, at_once=2))
    queue.begin_due()
    looks.clear()
    for _ in range(9):
        queue.begin_due()
    assert len(looks) <= 1


def test_of_a_group_no_more_are_claimed_than_may_be_under_way_and_wait() -> None:
    write(9, "ada")
    WorkQueue(Hands(8).kind(ahead=4, group=GatewayEvent.subject, at_once=2)).begin_due()
    assert len(claim_due(letters(), 9)) == 4, "two are under way, and three wait"


def test_what_would_begin_too_late_in_its_claim_is_due_again_as_it_was() -> None:
    written, hands = write(3), Hands(1)
    was_due = letter(written[2]).due_at
    queue = WorkQueue(hands.kind(ahead=3, takes=LEASE - 10))
    queue.begin_due()
    time_passes(10)
    hands.number = 0
    queue.begin_due()
    assert letter(written[2]).due_at == was_due
    assert ids(claim_due(letters(), 9)) == written[1:]


def test_at_the_end_what_was_claimed_ahead_is_due_again_and_what_is_under_way_is_not() -> None:
    written = write(3)
    queue = WorkQueue(Hands(1).kind(ahead=3))
    queue.begin_due()
    assert queue.give_back() == 2
    assert ids(claim_due(letters(), 9)) == written[1:]
    assert queue.give_back() == 0


def test_what_may_come_before_it_is_due_does_and_all_else_keeps_its_time() -> None:
    early, due = write(3, due_in=300, kind="parcel"), write(1, "grace")
    write(2, due_in=300)
    kind = letters(early=lambda: GatewayEvent.kind == "parcel")
    assert ids(claim_due(kind, 9)) == due + early


def test_what_is_not_due_comes_early_only_where_it_may() -> None:
    write(2, due_in=300)
    assert claim_due(letters(early=lambda: None), 9) == []


def test_what_somebody_has_claimed_comes_early_for_nobody(app: Flask) -> None:
    written = write(8, due_in=300)
    kind = letters(early=lambda: GatewayEvent.kind == "letter")
    claims = together(app, *[lambda: ids(claim_due(kind, 4))] * 4)
    assert sorted(chain.from_iterable(claims)) == sorted(written)  # type: ignore[arg-type]
    assert claim_due(kind, 9) == []
    assert letter(written[0]).due_at is not None


def test_what_comes_early_takes_turns_with_that_of_others() -> None:
    to_ada, to_grace = write(9, "ada", due_in=100), write(1, "grace", due_in=300)
    kind = letters(early=lambda: GatewayEvent.kind == "letter", group=GatewayEvent.subject)
    assert ids(claim_due(kind, 2)) == [to_ada[0], *to_grace]
