"""The connection to PostgreSQL is lost in the middle of a payment, at every moment at which it matters."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from smartcart.config import Settings
from smartcart.payments.core import account_binding, effects, guards, record, session_json
from smartcart.payments.flow import reconciler
from smartcart.server import timetable
from tests.interruptions.faulty import end_connections
from tests.support.databases import look_into
from tests.support.postgresql import PostgreSQL
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True, scope="session")

Loss = Callable[[object, str], None]


@pytest.fixture
def lose_connection_at(postgresql: PostgreSQL, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Loss:
    """Ends every connection of the shop, once, when a function begins: in the middle of its caller's transaction."""

    def set_trap(place: object, name: str) -> None:
        function = getattr(place, name)

        def lose_first(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(place, name, function)
            end_connections(postgresql, settings.database_url.rpartition("/")[2])
            return function(*args, **kwargs)

        monkeypatch.setattr(place, name, lose_first)

    return set_trap


@pytest.fixture
def lose_answer_to_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The next COMMIT is carried out, and its answer never comes."""
    commit = DefaultDialect.do_commit

    def set_trap() -> None:
        def lose_answer(dialect: DefaultDialect, connection: Any) -> None:
            monkeypatch.setattr(DefaultDialect, "do_commit", commit)
            commit(dialect, connection)
            connection.driver_connection.close()
            connection.commit()  # of a connection that is gone: the driver's own error

        monkeypatch.setattr(DefaultDialect, "do_commit", lose_answer)

    return set_trap


@pytest.fixture
def charges(settings: Settings) -> Callable[[str], int]:
    def count(session: str) -> int:
        query = "select count(*) from charge join reference using (reference) where session = ?"
        return int(look_into(settings.sandbox_ledger, query, session)[0][0])

    return count


def now(shopper: Shopper, session: str) -> tuple[str, str, int]:
    """What the API says of a session: its state, the money, its attempts. It may lose its connection, too."""
    shown = shopper.get(f"/api/payments/session/{session}").get_json()
    return shown["status"], shown["money"], shown.get("attempts", 0)


def settle(shopper: Shopper, session: str) -> tuple[str, str, int]:
    """What the session comes to by the reconciler alone, as the timetable calls it."""

    def at_rest() -> tuple[str, str, int] | None:
        timetable.do(shopper.client.application, reconciler.reconcile)
        found = now(shopper, session)
        return found if found[1] != "checking" else None

    return wait_for(at_rest)


def test_after_the_last_question_the_answer_is_given_all_the_same(shopper: Shopper, lose_connection_at: Loss) -> None:
    session = shopper.order()
    lose_connection_at(session_json, "of_session")
    assert now(shopper, session) == ("created", "not_taken", 0)


def test_while_an_order_is_placed(shopper: Shopper, lose_connection_at: Loss) -> None:
    shopper.put_into_cart()
    lose_connection_at(record, "add_session")
    assert shopper.check_out().status_code == 503
    assert shopper.check_out().status_code == 303


def test_while_an_attempt_is_written_down(
    shopper: Shopper, lose_connection_at: Loss, charges: Callable[[str], int]
) -> None:
    session = shopper.order()
    lose_connection_at(guards, "refuse_attempt")
    assert shopper.pay(session).status_code == 503
    assert (now(shopper, session), charges(session)) == (("created", "not_taken", 0), 0)
    assert shopper.pay(session).status_code == 303
    wait_for(lambda: now(shopper, session)[1] == "taken")
    assert charges(session) == 1


def test_when_an_attempt_was_written_down_and_nobody_heard_of_it(
    shopper: Shopper, lose_answer_to_commit: Callable[[], None], charges: Callable[[str], int]
) -> None:
    """The attempt is on record and was never made: it is found out, and the shopper may try again."""
    session = shopper.order()
    shopper.token()
    lose_answer_to_commit()
    assert (
        shopper.client.post(
            f"/pay/{session}/attempts", data={"csrf_token": shopper.token(), "method": "sandbox_approve"}
        ).status_code
        == 503
    )
    assert now(shopper, session) == ("processing", "checking", 1)
    assert settle(shopper, session) == ("interrupted", "not_taken", 1)
    assert charges(session) == 0


def test_before_the_reference_is_written_down(
    shopper: Shopper, lose_connection_at: Loss, charges: Callable[[str], int]
) -> None:
    session = shopper.order()
    lose_connection_at(account_binding, "store_reference")
    shopper.pay(session)
    state, money, _ = settle(shopper, session)
    assert (state, money, charges(session)) in [("completed", "taken", 1), ("interrupted", "not_taken", 0)]


def test_while_the_answer_is_written_down(
    shopper: Shopper, lose_connection_at: Loss, charges: Callable[[str], int]
) -> None:
    session = shopper.order()
    lose_connection_at(effects, "of_ending")
    shopper.pay(session)
    wait_for(lambda: charges(session))
    assert settle(shopper, session) == ("completed", "taken", 1)
    assert charges(session) == 1


def test_when_the_answer_was_written_down_and_nobody_heard_of_it(
    shopper: Shopper,
    lose_answer_to_commit: Callable[[], None],
    charges: Callable[[str], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = shopper.order()
    of_ending = effects.of_ending
    monkeypatch.setattr(effects, "of_ending", lambda *given: (lose_answer_to_commit(), of_ending(*given))[1])
    shopper.pay(session)
    wait_for(lambda: now(shopper, session)[1] == "taken")
    assert charges(session) == 1
    events = [event["move"] for event in shopper.get(f"/api/payments/session/{session}/summary").get_json()["timeline"]]
    assert events.count("approved") == 1
