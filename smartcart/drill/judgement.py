"""The verdict over a drill: what was seen and what is on record, held against each promise. Values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smartcart.rules.payment_states import OPEN, Money, State

NOTHING_HELD: Mapping[str, float] = {}


@dataclass(frozen=True)
class Sight:
    """What one answer of the shop said about a session; moments in seconds since 1970."""

    session: str
    place: str
    asked_at: float
    told_at: float
    money: str


@dataclass(frozen=True)
class OnRecord:
    """A session in the shop's books. `returning` is money that is to be given back and is not yet.

    `order_status` is empty for an order that is not the shop's own; `unsent` of its `attempts` never reached the
    gateway, and `never_left` of them only waited for a thread. Of what was paid `refunded` was given back, and
    `refund_failed` was to go back and did not arrive.
    """

    session: str
    order: str
    state: State
    returning: bool
    order_status: str
    attempts: int = 0
    unsent: int = 0
    refunded: int = 0
    refund_failed: int = 0
    never_left: int = 0


@dataclass(frozen=True)
class Charged:
    """A charge in the gateway's books; `at` in seconds since 1970, `standing` unless all of it was given back.

    `was_refunded` is one of which so much was given back once, though it may have come back since. Books that tell
    moments roughly mean one `within` so many seconds after `at`.
    """

    session: str
    at: float
    standing: bool
    was_refunded: bool
    within: float = 0.0

    @property
    def surely_at(self) -> float:
        """By then it was charged, in seconds since 1970."""
        return self.at + self.within


def charged_twice(sessions: Iterable[OnRecord], charges: Iterable[Charged]) -> list[str]:
    """Orders that more than one charge stands for, in one session or in several."""
    orders = {session.session: session.order for session in sessions}
    standing: dict[str, list[str]] = defaultdict(list)
    for charge in charges:
        if charge.standing:
            standing[orders.get(charge.session, charge.session)].append(charge.session)
    return [
        f"order {order}: {len(found)} charges stand, of the sessions {', '.join(found)}"
        for order, found in standing.items()
        if len(found) > 1
    ]


def lost(sessions: Iterable[OnRecord], charges: Iterable[Charged]) -> list[str]:
    """Charges that stand, and neither paid an order nor were given back."""
    known = {session.session: session for session in sessions}
    return [
        f"session {charge.session}: charged, and {_standing_of(known.get(charge.session))}"
        for charge in charges
        if charge.standing and not _has_paid(known.get(charge.session))
    ]


def stuck(sessions: Iterable[OnRecord]) -> list[str]:
    """Sessions that have not come to an end."""
    return [
        f"session {session.session}: {_standing_of(session)}"
        for session in sessions
        if session.state in OPEN or session.returning
    ]


def ended_by_an_outage(sessions: Iterable[OnRecord], max_attempts: int) -> list[str]:
    """Sessions that failed though they still had some of their `max_attempts`, those that never reached the gateway
    not counted."""
    return [
        f"session {session.session}: failed after {session.attempts} attempts, of which {session.unsent} do not count"
        for session in sessions
        if session.state is State.FAILED and session.attempts - session.unsent < max_attempts
    ]


def moved_elsewhere(before: Iterable[OnRecord], after: Iterable[OnRecord]) -> list[str]:
    """Sessions that were tried, and took another attempt or ended, while the shop worked with other books.

    What never left the shop is in no books, and may end.
    """
    now = {session.session: session for session in after}
    return [
        f"session {session.session}: {session.state} after {session.attempts} attempts, and with other books of the"
        f" gateway {found.state} after {found.attempts}"
        for session in before
        if session.state in OPEN and session.attempts > session.never_left
        if (found := now[session.session]).state not in OPEN or found.attempts != session.attempts
    ]


def done_by_cut_posts(cut_short: Iterable[str], sessions: Iterable[OnRecord]) -> list[str]:
    """Sessions of which all that was posted was cut short, and which were tried or ended all the same."""
    known = {session.session: session for session in sessions}
    return [
        f"session {name}: {session.attempts} attempts, and {_standing_of(session)}"
        for name in cut_short
        if (session := known[name]).attempts or session.state not in (State.CREATED, State.EXPIRED)
    ]


def refund_failures_missed(failed: Iterable[str], sessions: Iterable[OnRecord]) -> list[str]:
    """Sessions whose refund, of all that was paid, failed at the gateway, and of which the shop says otherwise."""
    known = {session.session: session for session in sessions}
    return [
        f"session {name}: its refund failed, and it is {session.state} with {session.refunded} given back and"
        f" {session.refund_failed} failed"
        for name in failed
        if (session := known[name]).state is not State.COMPLETED or session.refunded or not session.refund_failed
    ]


def untrue(sights: Iterable[Sight], charges: Sequence[Charged], held: Mapping[str, float] = NOTHING_HELD) -> list[str]:
    """Answers that denied a charge which was in the books before they were asked for, or told of money that had not
    moved. `held` is when sums were set aside (seconds since 1970), by session.
    """
    charged = {charge.session: charge for charge in charges}
    refunded_once = {charge.session for charge in charges if charge.was_refunded}
    return [
        f"session {sight.session}: the {sight.place} said {sight.money}, {wrong}"
        for sight in sights
        if (wrong := _what_is_wrong(sight, charged, refunded_once) or _what_is_not_held(sight, charged, held))
    ]


def stock_wrong(put_there: int, left: int, ordered: Mapping[str, int]) -> list[str]:
    """`ordered` is how much the orders of each status hold: all but the unpaid ones keep what they took."""
    kept = sum(quantity for status, quantity in ordered.items() if status != "unpaid")
    if left == put_there - kept:
        return []
    return [f"{put_there} were put there and {kept} are ordered, but {left} are left"]


def _what_is_wrong(sight: Sight, charged: Mapping[str, Charged], refunded_once: set[str]) -> str:
    charge = charged.get(sight.session)
    if sight.money == Money.NOT_TAKEN and charge is not None and charge.surely_at <= sight.asked_at:
        return f"{sight.asked_at - charge.surely_at:.3f} s after the charge"
    if sight.money == Money.TAKEN and (charge is None or charge.at > sight.told_at):
        return "and nothing was charged"
    if sight.money == Money.RETURNED and sight.session not in refunded_once:
        return "and nothing was given back"
    return ""


def _what_is_not_held(sight: Sight, charged: Mapping[str, Charged], held: Mapping[str, float]) -> str:
    if sight.money != Money.RESERVED:
        return ""
    if sight.session not in held or held[sight.session] > sight.told_at:
        return "and nothing was set aside"
    charge = charged.get(sight.session)
    if charge is not None and charge.surely_at <= sight.asked_at:
        return f"{sight.asked_at - charge.surely_at:.3f} s after it was taken"
    return ""


def _has_paid(session: OnRecord | None) -> bool:
    """A session of the shop's own order has paid when the order says so too."""
    return (
        session is not None
        and session.state is State.COMPLETED
        and not session.returning
        and session.order_status in ("paid", "")
    )


def _standing_of(session: OnRecord | None) -> str:
    if session is None:
        return "unknown to the shop"
    order = f", its order {session.order_status}" if session.order_status else ""
    return f"still {session.state}{', not given back' if session.returning else ''}{order}"
