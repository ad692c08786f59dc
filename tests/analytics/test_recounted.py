"""A day of a shop, recounted: every figure is what the trail says, and what the shop's own rows say."""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from smartcart.analytics import keeping
from smartcart.analytics.figures import Figure
from smartcart.database.session import db
from smartcart.gateways.books import Balance, RefundAnswer
from smartcart.ids import new_id
from smartcart.payments.core import record
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.record import AUTOMATIC_RETRY
from smartcart.payments.core.terms import Instrument
from smartcart.payments.refunds import from_books, transitions
from smartcart.rules.outcomes import (
    APPROVED,
    CRASHED,
    NEVER_SENT,
    NOT_CHARGED,
    TIMED_OUT,
    UNREACHABLE,
    Interruption,
    Outcome,
    OutcomeKind,
)
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, PAID, Move, State
from tests.analytics.test_keeping import BERLIN, differences, kept
from tests.payments.opened import DECLINED, PLAN, open_session, state_of, time_passes

pytestmark = pytest.mark.usefixtures("app", "still_clock")

AUTHORIZED = Outcome(OutcomeKind.AUTHORIZED)
OUTCOMES = (APPROVED, APPROVED, APPROVED, DECLINED, TIMED_OUT, CRASHED, UNREACHABLE, NEVER_SENT, AUTHORIZED)
ANSWERS = (APPROVED, NOT_CHARGED, DECLINED)
ACTORS = ("shopper", AUTOMATIC_RETRY, "recovery link", "key till")
PAYMENTS = 40


class Day:
    """What happens, by chance, which is the same each time."""

    def __init__(self) -> None:
        self.chance = random.Random(17)  # noqa: S311  # no secret

    def live(self) -> None:
        sessions = [self.open(number) for number in range(PAYMENTS)]
        for _ in range(4):
            self.chance.shuffle(sessions)
            for session in sessions:
                self.go_on(session)
                time_passes(self.chance.choice([0.2, 1, 3]))
            keeping.keep_up(BERLIN)
        time_passes(3 * 86_400)
        for session in sessions:
            self.come_back(session)

    def open(self, number: int) -> str:
        return open_session(f"shopper {number}", stock=PAYMENTS)

    def go_on(self, session: str) -> None:
        state = state_of(session)
        if state in AT_REST:
            instrument = Instrument(self.chance.choice(["sandbox_approve", "pm_1Q0PsIJvEtkwdCNYMSaVuRz6"]))
            actor = self.chance.choice(ACTORS)
            attempt = record.begin(session, instrument, actor, 30.0, reserve=lambda: True).attempt_id
            time_passes(self.chance.choice([0.3, 2]))
            if self.chance.random() < 0.2:
                record.note_interruption(session, Interruption.BROWSER_CLOSED, "shopper", "")
            record.settle(attempt, self.chance.choice(OUTCOMES), "gateway", PLAN, reference_closed=True)
        elif state in IN_FLIGHT:
            last = select(Attempt).where(Attempt.session_id == session).order_by(Attempt.id.desc()).limit(1)
            attempt_id, is_held = next((each.id, bool(each.outcome)) for each in db.session.scalars(last))
            answer = APPROVED if is_held else self.chance.choice(ANSWERS)
            record.settle(attempt_id, answer, "reconciler", PLAN, reference_closed=True)
        elif state is State.AUTHORIZED:
            record.capture(session, "admin")
        if state is State.INTERRUPTED and state_of(session) is State.INTERRUPTED and self.chance.random() < 0.3:
            record.extend(session, "shopper", 900.0)

    def come_back(self, session: str) -> None:
        """Weeks later money goes back, or a bank asks for it; what was not paid is over."""
        state, fate = state_of(session), self.chance.random()
        if state in AT_REST:
            record.end(session, Move.EXPIRE, "clock")
        elif state is State.COMPLETED and fate < 0.4:
            refund = new_id()
            transitions.request(session, self.chance.choice([None, 1200]), "", "admin", refund)
            transitions.settle(refund, RefundAnswer.MADE, "reconciler")
            if fate < 0.1:
                transitions.settle(refund, RefundAnswer.REFUSED, "reconciler")
        elif state is State.COMPLETED and fate < 0.6:
            from_books.take_up(session, Balance(4200, 0, disputed=1000))
            from_books.take_up(session, Balance(4200, 0, lost=1000))


def test_every_figure_is_what_the_trail_and_the_rows_say() -> None:
    Day().live()
    while keeping.keep_up(BERLIN):
        pass
    assert differences() == []
    rows = db.session.scalars(select(PaymentSession)).all()
    paid = [row for row in rows if row.state in PAID]
    attempts = db.session.scalars(select(Attempt)).all()
    in_all = {figure: _by_value(figure) for figure in Figure}
    assert 10 < len(paid) < PAYMENTS
    assert in_all[Figure.PAID] == {"EUR": len(paid)}
    assert in_all[Figure.TAKEN] == {"EUR": sum(row.amount for row in paid)}
    assert in_all[Figure.WAY]["opened"] == PAYMENTS
    assert in_all[Figure.WAY]["paid"] == len(paid)
    assert in_all[Figure.WAY].get("open", 0) == sum(row.ended_at is None for row in rows)
    returned = in_all[Figure.REFUNDED_SUM]["EUR"] + in_all[Figure.DISPUTED_SUM]["EUR"]
    assert returned == sum(row.refunded for row in rows)
    assert in_all[Figure.DISPUTES] == {"EUR": sum(row.disputed for row in rows)}
    declined = [row.code for row in attempts if row.outcome is OutcomeKind.DECLINED]
    assert in_all[Figure.DECLINES] == Counter(code or "no code" for code in declined)
    assert sum(in_all[Figure.TIME_TO_TRUTH].values()) == sum(row.settled_at is not None for row in attempts)
    assert sum(in_all[Figure.TIME_TO_PAY].values()) == sum(in_all[Figure.ATTEMPTS].values()) == len(paid)
    rescued = [in_all[figure] for figure in (Figure.RESCUED_FROM, Figure.RESCUED_BY)]
    assert 3 < sum(rescued[0].values()) == sum(rescued[1].values()) < len(paid)


def _by_value(figure: Figure) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_, value), number in kept(figure).items():
        found[value] += number
    return +found
