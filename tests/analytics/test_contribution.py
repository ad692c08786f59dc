"""What a payment adds to the figures, by what its trail tells."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from smartcart.analytics.contribution import contribution
from smartcart.analytics.figures import Cell, Figure, Rescuer
from smartcart.analytics.story import minor_units
from smartcart.payments.core import audit_trail
from smartcart.payments.core.models import EventKind
from smartcart.rules.money import DIGITS
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import Move, State
from tests.analytics.trails import AMOUNT, Trail

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def cells(trail: Trail, zone: ZoneInfo = UTC_ZONE) -> Counter[Cell]:
    return contribution(trail.story(), zone)


def added(trail: Trail, figure: Figure, slice_: str = "all", part: str = "") -> dict[str, int]:
    """By value, in whatever day."""
    found = ((cell, number) for cell, number in cells(trail).items() if number)
    return {
        cell.value: number
        for cell, number in found
        if (cell.grain, cell.slice, cell.part, cell.figure) == ("day", slice_, part, figure)
    }


def days(trail: Trail, figure: Figure, zone: ZoneInfo = UTC_ZONE) -> set[date]:
    return {cell.begins for cell in cells(trail, zone) if cell.grain == "day" and cell.figure == figure}


def rescued_by(trail: Trail) -> dict[str, int]:
    return added(trail, Figure.RESCUED_BY)


def interrupted_and_paid() -> Trail:
    return Trail().attempt().no_answer().approved("reconciler")


def test_before_its_first_line_it_adds_nothing() -> None:
    assert contribution(None, UTC_ZONE) == Counter()


def test_a_payment_that_goes_well() -> None:
    trail = Trail().attempt(takes=20).approved(takes=2.5)
    assert added(trail, Figure.WAY) == {"opened": 1, "tried": 1, "at_gateway": 1, "paid": 1}
    assert added(trail, Figure.PAID) == {"EUR": 1}
    assert added(trail, Figure.TAKEN) == {"EUR": AMOUNT}
    assert added(trail, Figure.TIME_TO_PAY) == {"220": 1}
    assert added(trail, Figure.TIME_TO_TRUTH) == {"25": 1}
    assert added(trail, Figure.ATTEMPTS) == {"1": 1}
    assert rescued_by(trail) == {}


@pytest.mark.parametrize(
    ("trail", "way"),
    [
        (Trail(), {"opened", "open"}),
        (Trail().attempt(), {"opened", "tried", "open"}),
        (Trail().attempt().unreachable(), {"opened", "tried", "open"}),
        (Trail().attempt().no_answer(), {"opened", "tried", "at_gateway", "open"}),
        (Trail().attempt().declined(), {"opened", "tried", "at_gateway", "open"}),
        (Trail().moved(Move.EXPIRE, State.EXPIRED), {"opened"}),
        (Trail().attempt().moved(Move.AUTHORIZED, State.AUTHORIZED), {"opened", "tried", "at_gateway", "open"}),
    ],
)
def test_the_way_ends_where_it_ends(trail: Trail, way: set[str]) -> None:
    assert added(trail, Figure.WAY).keys() == way


def test_money_that_is_set_aside_is_not_paid_and_known_at_once() -> None:
    held = Trail().attempt().moved(Move.AUTHORIZED, State.AUTHORIZED, takes=2)
    assert added(held, Figure.PAID) == added(held, Figure.TAKEN) == {}
    assert added(held, Figure.TIME_TO_TRUTH) == {"20": 1}
    taken = held.moved(Move.CAPTURE, State.CHECKING, "admin", takes=90_000).approved("admin")
    assert added(taken, Figure.PAID) == {"EUR": 1}
    assert added(taken, Figure.TIME_TO_TRUTH) == {"20": 1}


def test_declines_are_counted_by_code_and_are_no_interruption() -> None:
    trail = Trail().attempt().declined().attempt().declined("").attempt()
    trail.moved(Move.ATTEMPTS_USED_UP, State.FAILED, code="card_declined")
    assert added(trail, Figure.DECLINES) == {"card_declined": 2, "no code": 1}
    assert added(trail, Figure.INTERRUPTED) == {}
    paid = Trail().attempt().declined().attempt().approved()
    assert added(paid, Figure.RESCUED_FROM) == rescued_by(paid) == {}


def test_an_interruption_that_was_paid_is_rescued_from_the_first_that_came() -> None:
    trail = Trail().attempt().no_answer(Interruption.CRASH).moved(Move.NOT_CHARGED, State.INTERRUPTED, "reconciler")
    trail.attempt().no_answer(Interruption.TIMEOUT).approved("reconciler")
    assert added(trail, Figure.INTERRUPTED) == added(trail, Figure.RESCUED_FROM) == {"crash": 1}
    assert added(trail, Figure.RESCUED_SUM) == {"EUR": AMOUNT}


def test_an_interruption_that_was_not_paid_is_not_rescued() -> None:
    trail = Trail().attempt().no_answer().moved(Move.NOT_CHARGED, State.INTERRUPTED, "reconciler")
    assert added(trail, Figure.INTERRUPTED) == {"timeout": 1}
    assert rescued_by(trail) == {}


def test_what_comes_in_between_when_it_is_paid_comes_too_late() -> None:
    trail = Trail().attempt().approved().told(EventKind.INTERRUPTED, interruption=Interruption.BROWSER_CLOSED)
    assert added(trail, Figure.INTERRUPTED) == rescued_by(trail) == {}


def test_a_question_without_an_answer_is_no_interruption() -> None:
    trail = Trail().attempt().told(EventKind.ASKED, interruption=Interruption.NETWORK_ERROR).approved("reconciler")
    assert added(trail, Figure.INTERRUPTED) == {}


def closed(trail: Trail) -> Trail:
    return trail.told(EventKind.INTERRUPTED, interruption=Interruption.BROWSER_CLOSED)


@pytest.mark.parametrize(
    ("trail", "rescuer"),
    [
        (Trail().attempt().no_answer().approved("reconciler"), Rescuer.RECONCILER),
        (Trail().attempt().no_answer().approved("webhook"), Rescuer.RECONCILER),
        (closed(Trail().attempt()).approved("gateway"), Rescuer.ITSELF),
        (Trail().attempt().unreachable().attempt("automatic retry").approved(), Rescuer.AUTOMATIC_RETRY),
        (Trail().attempt().unreachable().attempt("recovery link").approved(), Rescuer.RECOVERY_MAIL),
        (Trail().attempt().unreachable().attempt("shopper").approved(), Rescuer.BY_HAND),
        (Trail().attempt().unreachable().attempt("phone").approved(), Rescuer.BY_HAND),
        (Trail().attempt().unreachable().attempt("key till").approved(), Rescuer.BY_HAND),
        (Trail().attempt().unreachable().told(EventKind.EXTENDED).attempt().approved(), Rescuer.MORE_TIME),
        (Trail().told(EventKind.EXTENDED).attempt().unreachable().attempt().approved(), Rescuer.BY_HAND),
        (
            Trail().attempt().unreachable().told(EventKind.EXTENDED, actor="gateway weather").attempt().approved(),
            Rescuer.BY_HAND,
        ),
        (
            Trail().attempt().unreachable().told(EventKind.EXTENDED).attempt("recovery link").approved(),
            Rescuer.RECOVERY_MAIL,
        ),
        (
            Trail().attempt().unreachable().attempt("automatic retry").no_answer().approved("reconciler"),
            Rescuer.RECONCILER,
        ),
        (
            Trail().attempt().unreachable().attempt("automatic retry").unreachable().attempt().approved(),
            Rescuer.BY_HAND,
        ),
    ],
)
def test_what_came_last_has_rescued_it(trail: Trail, rescuer: Rescuer) -> None:
    assert rescued_by(trail) == {rescuer: 1}


def test_rescued_is_net_of_refunds() -> None:
    trail = interrupted_and_paid().told(EventKind.REFUND_MADE, "€12.00", "admin")
    assert added(trail, Figure.RESCUED_SUM) == {"EUR": 3000}
    assert rescued_by(trail) == {"reconciler": 1}
    assert added(trail, Figure.TAKEN) == {"EUR": AMOUNT}
    trail.told(EventKind.REFUND_MADE, "€30.00", "admin")
    assert added(trail, Figure.RESCUED_SUM) == rescued_by(trail) == added(trail, Figure.RESCUED_FROM) == {}
    trail.told(EventKind.REFUND_FAILED, "€30.00", "gateway")
    assert added(trail, Figure.RESCUED_SUM) == {"EUR": 3000}
    assert added(trail, Figure.REFUNDS) == {"EUR": 1}
    assert added(trail, Figure.REFUNDED_SUM) == {"EUR": 1200}


def test_what_cannot_be_delivered_any_more_is_not_rescued() -> None:
    assert rescued_by(interrupted_and_paid().told(EventKind.REFUND_DUE)) == {}


def test_a_dispute_counts_once_and_its_money_when_it_is_lost() -> None:
    trail = interrupted_and_paid().told(EventKind.DISPUTED, "the shopper's bank asks for €42.00 back", "gateway")
    assert added(trail, Figure.DISPUTES) == {"EUR": 1}
    assert added(trail, Figure.DISPUTED_SUM) == {}
    trail.told(EventKind.REFUND_MADE, "€42.00, a dispute was lost", "gateway")
    assert added(trail, Figure.DISPUTED_SUM) == {"EUR": AMOUNT}
    assert added(trail, Figure.REFUNDS) == added(trail, Figure.REFUNDED_SUM) == rescued_by(trail) == {}
    trail.told(EventKind.REFUND_FAILED, "€42.00, the dispute was won after all", "gateway")
    trail.told(EventKind.DISPUTED, "it is over, and the money stays with the shop", "gateway")
    assert added(trail, Figure.DISPUTES) == {"EUR": 1}
    assert added(trail, Figure.DISPUTED_SUM) == {}
    assert rescued_by(trail) == {"reconciler": 1}


def test_it_counts_in_its_day_week_and_month_and_in_each_of_its_parts() -> None:
    found = {(cell.grain, cell.begins) for cell in cells(Trail()) if cell.slice == "all"}
    assert found == {("day", date(2026, 11, 29)), ("week", date(2026, 11, 23)), ("month", date(2026, 11, 1))}
    trail = Trail(device="tablet").attempt(method="pm_1Q0PsIJvEtkwdCNYMSaVuRz6", device="phone").approved()
    parts = {(cell.slice, cell.part) for cell in cells(trail)}
    assert parts == {("all", ""), ("method", "card"), ("currency", "EUR"), ("device", "phone")}
    assert ("method", "not tried") in {(cell.slice, cell.part) for cell in cells(Trail())}
    assert ("device", "unknown") in {(cell.slice, cell.part) for cell in cells(Trail(device=""))}


def test_a_decline_is_of_the_method_that_was_declined() -> None:
    trail = Trail().attempt(method="blue").declined().attempt(method="red", device="phone").approved()
    assert added(trail, Figure.DECLINES, "method", "blue") == {"card_declined": 1}
    assert added(trail, Figure.DECLINES, "method", "red") == {}
    assert added(trail, Figure.DECLINES, "device", "computer") == {"card_declined": 1}
    assert added(trail, Figure.PAID, "method", "red") == added(trail, Figure.PAID, "device", "phone") == {"EUR": 1}


def test_each_thing_lands_on_its_own_day_in_the_shop() -> None:
    opened_at = datetime(2026, 10, 24, 21, 59, 30, tzinfo=UTC)  # 23:59:30 in Berlin, where the clock goes back
    trail = Trail(opened_at).attempt().no_answer().approved("reconciler", takes=60)
    trail.told(EventKind.REFUND_MADE, "€12.00", "admin", takes=25 * 3600)
    assert days(trail, Figure.WAY, BERLIN) == days(trail, Figure.INTERRUPTED, BERLIN) == {date(2026, 10, 24)}
    assert days(trail, Figure.RESCUED_BY, BERLIN) == days(trail, Figure.RESCUED_SUM, BERLIN) == {date(2026, 10, 25)}
    assert days(trail, Figure.REFUNDS, BERLIN) == {date(2026, 10, 26)}
    assert days(trail, Figure.REFUNDS) == {date(2026, 10, 25)}


@pytest.mark.parametrize("currency", DIGITS)
def test_a_sum_is_read_as_the_trail_writes_it(currency: str) -> None:
    for minor in (1, 1234567, 10**9):
        assert minor_units(audit_trail.in_words(minor, currency)) == minor
        assert minor_units(audit_trail.in_words(minor, currency, "a dispute of 12, or of 13, was lost")) == minor
