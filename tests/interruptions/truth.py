"""What must be true of a session whatever came in between."""

import time

from smartcart.rules.payment_states import Move, State, next_state
from tests.support.databases import look_into, write_into
from tests.support.running import RunningShop


def charged(shop: RunningShop, session: str) -> int:
    """How often a session stands charged in the sandbox's own books."""
    found: int = look_into(
        shop.ledger, "select count(*) from charge join reference using (reference) where session = ?", session
    )[0][0]
    return found


def refunded(shop: RunningShop, session: str) -> int:
    """How much of a session's charge was given back, in minor units."""
    found: int = look_into(
        shop.ledger, "select refunded from charge join reference using (reference) where session = ?", session
    )[0][0]
    return found


def is_closed(shop: RunningShop, session: str) -> bool:
    """Whether the gateway can charge a session no more."""
    closed_at = look_into(shop.ledger, "select closed_at from reference where session = ?", session)[0][0]
    return closed_at is not None


def charged_at(shop: RunningShop, session: str) -> float | None:
    """When a session was charged, in seconds since 1970; None when it was not."""
    moments = look_into(
        shop.ledger, "select charged_at from charge join reference using (reference) where session = ?", session
    )
    return moments[0][0] if moments else None


def charge_by_hand(shop: RunningShop, session: str) -> None:
    """A charge that the gateway makes on its own, closed or not: what no gateway should do."""
    write_into(
        shop.ledger,
        "insert into charge (reference, attempt, charged_at) select reference, 1, ? from reference where session = ?",
        time.time(),
        session,
    )


def let_time_run_out(shop: RunningShop, session: str) -> None:
    """The session's time is up since a second."""
    shop.let_expire(session, seconds=-1)


def states_passed(shop: RunningShop, session: str) -> list[str]:
    """The states a session went through, after checking that its events form a path of the graph to where it stands."""
    events = shop.rows(
        'select kind, "before", "after", move from payment_event where session_id = ? order by id', session
    )
    assert events[0][0] == "opened"
    path = [State(events[0][2])]
    for _, before, after, move in [event for event in events if event[0] == "moved"]:
        assert State(before) is path[-1]
        assert next_state(State(before), Move(move)) is State(after)
        path.append(State(after))
    assert state_on_record(shop, session) == path[-1]
    return [str(state) for state in path]


def state_on_record(shop: RunningShop, session: str) -> str:
    """The state without looking by way of the shop, where a look can change it."""
    found: str = shop.rows("select state from payment_session where id = ?", session)[0][0]
    return found


def attempts(shop: RunningShop, session: str) -> list[tuple[int, str | None]]:
    """Number and outcome of each attempt on record."""
    return shop.rows("select number, outcome from payment_attempt where session_id = ? order by number", session)
