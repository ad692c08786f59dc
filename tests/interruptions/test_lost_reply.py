"""The gateway charges, and the connection drops before its answer is here."""

from tests.interruptions.truth import attempts, charged, charged_at, states_passed
from tests.interruptions.watcher import assert_log_is_truthful, assert_truthful, watching
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import Visitor

# What a gateway leaves open is the same on either; test_killed_server.py has both settle what is in the dark.
pytestmark = ON_SQLITE


def test_a_lost_reply_ends_paid_and_charged_once(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_lost_reply")
    assert visitor.wait_until(session, "completed").money == "taken"
    assert charged(shared_shop, session) == 1
    assert attempts(shared_shop, session) == [(1, "approved")]
    assert states_passed(shared_shop, session) == ["created", "processing", "checking", "completed"]
    assert visitor.summary(session)["interruptions"] == {"network_error": 1}


def test_nothing_says_meanwhile_that_it_failed(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    with watching(shared_shop, visitor, session) as sights:
        visitor.pay(session, "sandbox_lost_reply")
        visitor.wait_until(session, "completed")
    assert_truthful(sights, charged_at(shared_shop, session))
    assert {"processing", "checking"} <= {sight.state for sight in sights}
    assert_log_is_truthful(shared_shop, session)


def test_pay_is_locked_until_the_gateway_was_asked(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_lost_reply")
    while visitor.status(session).state != "completed":
        refused = visitor.call(f"/session/{session}/resume", method="sandbox_approve")
        assert refused.status == 409
        assert refused.json["money"] in ("checking", "taken")
    assert charged(shared_shop, session) == 1
    assert [number for number, _ in attempts(shared_shop, session)] == [1]
