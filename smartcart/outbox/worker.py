"""Carries out what is in the outbox: again later where it could not be, and given up to a person in the end.

How a kind is carried out is handed in by the room that knows: this one knows when.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread
from time import monotonic
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from smartcart import clock, work_queue
from smartcart.database import faults
from smartcart.database.session import writing
from smartcart.outbox import effects, owner_notices
from smartcart.outbox.models import Effect, EffectKind, Fate, Receiver
from smartcart.rules import patience
from smartcart.rules.owner_letters import Subject
from smartcart.work_queue import Claim, Kind

log = logging.getLogger(__name__)

# So many are under way at once in a process, and of them so many for one receiver: however many hang there, there is
# room for the others.
THREADS, FOR_ONE = 8, 4
# So many more are claimed with those, while many are due: a claim takes half as long as to carry one out, and that of
# eight little longer than that of one. They wait for so many seconds at most, which leaves more of a claim than a
# letter takes (mail/smtp.py). Those of who dies come due again as late as what was under way.
AHEAD, MAY_WAIT = 8, 10.0
LONGEST_PROBLEM = 500
DEFECT = "something broke on our side; the log tells what"


class Carried(NamedTuple):
    """What became of an effect, and what else is to be written down with that: columns by name."""

    fate: Fate
    known: Mapping[str, Any] = MappingProxyType({})


# Carries an effect out that this claim holds. Raises Undelivered, NotAnyMore, or LostClaim.
Carry = Callable[[Claim, Effect], Carried]


@dataclass
class Undelivered(Exception):
    """It was not carried out, as far as one knows.

    `for_good`: another try would bring the same. `nothing_arrived`: that is certain, so that what was to be sent may
    be made anew.
    """

    problem: str
    for_good: bool = False
    nothing_arrived: bool = False


class NotAnyMore(Exception):
    """There is nothing to bring about any more; it says why."""


class LostClaim(Exception):
    """Another is at it, for this one has taken too long: it changes nothing."""


class Worker:
    """Threads of this process that carry effects out. They end with it: what was under way comes due again.

    While `people_wait`, it begins next to nothing.
    """

    def __init__(self, app: Flask, carry: Carry, people_wait: Callable[[], bool] = lambda: False) -> None:
        self._app = app
        self._carry = carry
        self._people_wait = people_wait
        self._nobody_waited_at = monotonic()
        self._under_way = 0
        self._changing = Lock()

    def due(self) -> Kind:
        """All effects that are due, those of one receiver in turn with those of others."""
        return Kind(
            Effect,
            self._begin,
            room=self._room,
            lease=patience.CARRYING_OUT,
            longest=effects.LATEST.total_seconds(),
            group=Effect.receiver,
            at_once=FOR_ONE,
            ahead=AHEAD,
            takes=patience.CARRYING_OUT - MAY_WAIT,
        )

    def _room(self) -> int:
        now, free = monotonic(), THREADS - self._under_way
        if self._people_wait():
            return patience.room_beside_a_line(free, self._under_way, now - self._nobody_waited_at)
        self._nobody_waited_at = now
        return patience.room_beside_a_line(free, self._under_way, None)

    def _begin(self, claim: Claim) -> Future[None]:
        """On a thread that keeps no process from ending."""
        done: Future[None] = Future()
        self._count(1)
        try:
            Thread(target=partial(self._work, claim, done), name="carries the outbox out", daemon=True).start()
        except RuntimeError:  # the system gives this process no thread more; the effect comes due again by itself
            self._count(-1)
            raise
        return done

    def _work(self, claim: Claim, done: Future[None]) -> None:
        try:
            with self._app.app_context():
                carry_out(claim, self._carry)
        except Exception as error:  # it comes due again by itself
            if faults.is_fault(error):
                faults.log_fault(error)
            else:
                log.exception("what is in the outbox could not be written down")
        finally:
            self._count(-1)
            done.set_result(None)

    def _count(self, more: int) -> None:
        with self._changing:
            self._under_way += more


def carry_out(claim: Claim, carry: Carry) -> None:
    """Carry one effect out, and write down what became of it. Raises the database's faults."""
    effect = effects.find(int(claim.id))
    if effect is None:
        return
    try:
        fate, known = _carried_out(claim, effect, carry)
    except LostClaim:
        log.warning("outbox row %s was taken over by another", claim.id)
    except NotAnyMore as reason:
        work_queue.done(claim, fate=Fate.WITHDRAWN, problem=str(reason)[:LONGEST_PROBLEM])
    except Undelivered as failure:
        _not_now(claim, effect, failure)
    else:
        work_queue.done(claim, fate=fate, problem="", **known)


def _carried_out(claim: Claim, effect: Effect, carry: Carry) -> Carried:
    """A defect of ours is for a person too, and stops no other."""
    try:
        return carry(claim, effect)
    except (Undelivered, NotAnyMore, LostClaim, SQLAlchemyError):
        raise
    except Exception:
        log.exception("outbox row %s could not be carried out", claim.id)
        raise Undelivered(DEFECT) from None


def _not_now(claim: Claim, effect: Effect, failure: Undelivered) -> None:
    problem, tries = failure.problem[:LONGEST_PROBLEM], effect.tries + 1
    known = {"message": None, "made_at": None} if failure.nothing_arrived else {}
    if failure.for_good or patience.is_hopeless(effect.wanted_at, clock.now(), patience.UNDELIVERED_FOR):
        log.error("outbox row %s (%s) was given up; the admin tells why", effect.id, effect.kind)
        _tell_owner(effect, problem)
        work_queue.done(claim, fate=Fate.GIVEN_UP, problem=problem, tries=tries, **known)
    else:
        interval, longest = patience.FIRST_UNDELIVERED, patience.LONGEST_UNDELIVERED
        work_queue.again_later(claim, tries, interval, longest, problem=problem, **known)


def _tell_owner(effect: Effect, problem: str) -> None:
    """Before it is given up, so that no kill comes in between. A letter to the owner that fails writes no other one."""
    if effect.receiver == Receiver.MAIL and effect.kind != EffectKind.OWNER:
        with writing():
            owner_notices.write(Subject.MAIL, f"{effect.kind}: {problem}", owner_notices.LETTERS)
