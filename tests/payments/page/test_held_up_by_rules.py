"""What fraud rules hold up, by page and API: who pays is told the truth about the money, and not which rule it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import writing
from smartcart.fraud import rule_book
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules.velocity import Action, By, Measure, Rule
from tests.payments.opened import NOW
from tests.support.caller import Caller, by_cookie
from tests.support.shopper import Shopper, product

Reached = Callable[..., PaymentSession]

RULE = Rule("A rule by its name", By.ADDRESS, Measure.DECLINES, number=1, within=600, action=Action.REFUSE)
ELSEWHERE = "1.2.3.4"
WRITE_TO = "help@shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contact": WRITE_TO, "fraud": "on"})


@pytest.fixture
def mallory(app: Flask) -> Shopper:
    """Somebody whose first card was declined; it is NOW until time passes."""
    clock.freeze(NOW)
    product(stock=100)
    return by_address(app, ELSEWHERE)


def by_address(app: Flask, address: str) -> Shopper:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Shopper(client)


def keep(action: Action) -> None:
    with writing():
        for rule in rule_book.read():
            rule_book.change(replace(rule, is_on=False))
        rule_book.change(replace(RULE, action=action))
    runtime().fraud.read_anew()


def held_up(mallory: Shopper, reached: Reached, action: Action) -> str:
    """A session that is to be paid by who meets the rule now; returns its id."""
    keep(action)
    first = mallory.order()
    mallory.pay(first, "sandbox_decline")
    reached(first, "interrupted")
    return mallory.order()


def test_who_is_refused_reads_that_nothing_was_taken_and_how_to_reach_the_shop(
    mallory: Shopper, reached: Reached
) -> None:
    session_id = held_up(mallory, reached, Action.REFUSE)
    page = mallory.get(mallory.pay(session_id).location).text
    assert "Nothing was taken and no attempt was used" in page
    assert WRITE_TO in page
    assert RULE.name not in page
    assert queries.find(session_id).attempts == 0


def test_who_is_to_wait_reads_until_which_second_and_pays_then(mallory: Shopper, reached: Reached) -> None:
    session_id = held_up(mallory, reached, Action.SLOW)
    clock.freeze(NOW + timedelta(seconds=100))
    said = mallory.pay(session_id).location
    assert "You can pay again from 22 Nov 2026, 10:10:00 UTC on" in mallory.get(said).text
    fragment = mallory.post(
        f"/pay/{session_id}/attempts", {"method": "sandbox_approve"}, headers={"HX-Request": "true"}
    )
    assert "10:10:00 UTC" in fragment.text
    clock.freeze(NOW + timedelta(seconds=600))
    assert "You can pay again" not in mallory.get(said).text
    mallory.pay(session_id)
    reached(session_id, "completed")


def test_who_comes_from_elsewhere_pays(app: Flask, mallory: Shopper, reached: Reached) -> None:
    held_up(mallory, reached, Action.REFUSE)
    ada = by_address(app, "1.2.3.5")
    ada.pay(session_id := ada.order())
    reached(session_id, "completed")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "::1"])
def test_an_address_of_a_proxy_that_is_not_trusted_holds_up_nobody(
    app: Flask, mallory: Shopper, reached: Reached, address: str
) -> None:
    mallory.client.environ_base["REMOTE_ADDR"] = address
    mallory.pay(session_id := held_up(mallory, reached, Action.REFUSE))
    reached(session_id, "completed")


def test_addresses_of_one_ipv6_network_are_one_callers(app: Flask, mallory: Shopper, reached: Reached) -> None:
    mallory.client.environ_base["REMOTE_ADDR"] = "2606:4700:0:1::1"
    held_up(mallory, reached, Action.REFUSE)
    same, other = by_address(app, "2606:4700:0:1:ffff::9"), by_address(app, "2606:4700:0:2::1")
    same.pay(refused := same.order())
    assert queries.find(refused).attempts == 0
    other.pay(session_id := other.order())
    reached(session_id, "completed")


def test_the_api_says_so_by_codes_of_its_own(mallory: Shopper, reached: Reached) -> None:
    session_id = held_up(mallory, reached, Action.REFUSE)
    program = by_cookie(mallory)
    refused = program.pay(session_id)
    told = refused.get_json()
    assert (refused.status_code, told["code"], told["money"]) == (403, "refused_by_shop", "not_taken")
    keep(Action.SLOW)
    clock.freeze(NOW + timedelta(seconds=100))
    slowed = program.pay(session_id)
    assert (slowed.status_code, slowed.get_json()["code"]) == (429, "slow_down")
    assert slowed.headers["Retry-After"] == "500"
    assert RULE.name not in refused.text + slowed.text


def test_a_merchants_program_is_counted_by_its_shoppers_and_not_by_its_address(
    mallory: Shopper, reached: Reached, merchant: Caller
) -> None:
    held_up(mallory, reached, Action.REFUSE)
    merchant.client.environ_base["REMOTE_ADDR"] = ELSEWHERE  # type: ignore[attr-defined]  # of a Flask client
    session = merchant.create()["id"]
    assert merchant.pay(session).status_code == 202


def test_the_summary_tells_the_owner_alone_of_rules_and_of_who_acted_why(
    mallory: Shopper, reached: Reached, admin: Caller
) -> None:
    session_id = held_up(mallory, reached, Action.REFUSE)
    mallory.pay(session_id)
    admin.post(f"/session/{session_id}/cancel", {"reason": "looks like a thief"})
    reached(session_id, "cancelled")
    owners, shoppers = admin.summary(session_id), by_cookie(mallory).summary(session_id)
    kinds = [line["kind"] for line in owners["timeline"]]
    assert kinds.count("judged") == 1
    assert [line["kind"] for line in shoppers["timeline"]] == [kind for kind in kinds if kind != "judged"]
    assert "looks like a thief" in str(owners)
    assert {line["actor"] for line in shoppers["timeline"]} == {"shopper", "shop"}
    for secret in ("looks like a thief", RULE.name, "the office"):
        assert secret not in str(shoppers)
