"""An owner's drill at Stripe in test mode: what the sandbox does by its methods is done to the connection."""

from pathlib import Path

import pytest

from smartcart.drill.gateways import Keys, LiveKey
from smartcart.drill.judgement import Charged, Sight, untrue
from tests.drill.starting import Drill
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import LIVE_KEY, LIVE_PUBLISHABLE_KEY


def test_scenarios_are_played_with_test_keys_and_keep_every_promise(stripe: StripeServer, tmp_path: Path) -> None:
    keys = {"secret_key": stripe.secret_key, "publishable_key": stripe.publishable_key, "api_base": stripe.url}
    drill = Drill(tmp_path, "lost_reply", "gateway_down", keys=keys)
    *_, last = drill.said()
    assert drill.end() == 0
    assert "result" in last, last
    *played, afterwards = last["result"]
    assert afterwards["passed"], afterwards
    for scenario in played:
        assert scenario["passed"], scenario
        assert scenario["happened"] > 0
        assert [payment["charges"] for payment in scenario["payments"]] == [1] * len(scenario["payments"])
    assert list(tmp_path.iterdir()) == []


def test_a_live_key_is_taken_by_none() -> None:
    with pytest.raises(LiveKey):
        Keys(LIVE_KEY, LIVE_PUBLISHABLE_KEY, "https://api.stripe.com")


@pytest.mark.parametrize(
    ("money", "asked_at", "is_true"),
    [("not_taken", 12.0, True), ("not_taken", 13.5, False), ("taken", 9.0, False), ("taken", 11.0, True)],
)
def test_by_books_that_tell_moments_roughly_nobody_is_called_a_liar_for_a_moment(
    money: str, asked_at: float, is_true: bool
) -> None:
    charge = Charged("one", 10.0, standing=True, was_refunded=False, within=3.0)
    assert (untrue([Sight("one", "page", asked_at, asked_at, money)], [charge]) == []) is is_true
