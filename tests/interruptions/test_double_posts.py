"""The same thing is asked for many times at once: double clicks, two tabs, two devices, twenty shoppers."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.interruptions.truth import attempts, charged
from tests.support.refused import refusal
from tests.support.running import RunningShop
from tests.support.visitor import Answer, Visitor

MANY = 20


def all_at_once(*requests: Callable[[], Answer]) -> list[Answer]:
    """The answers to requests that start at the same moment."""
    ready = Barrier(len(requests))

    def send(request: Callable[[], Answer]) -> Answer:
        ready.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def test_twenty_posts_of_an_attempt_make_one_attempt_and_one_charge(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    answers = all_at_once(*[lambda: visitor.pay(session)] * MANY)
    assert Counter(bool(refusal(answer)) for answer in answers) == {False: 1, True: MANY - 1}
    visitor.wait_until(session, "completed")
    assert attempts(shared_shop, session) == [(1, "approved")]
    assert charged(shared_shop, session) == 1


def test_twenty_calls_of_the_api_make_one_attempt_and_one_charge(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    answers = all_at_once(*[lambda: visitor.call(f"/session/{session}/pay", method="sandbox_lost_reply")] * MANY)
    assert Counter(answer.status for answer in answers) == {202: 1, 409: MANY - 1}
    refusals = {answer.json["code"] for answer in answers if answer.status == 409}
    assert {"in_progress"} <= refusals <= {"in_progress", "outcome_unknown", "closed"}
    visitor.wait_until(session, "completed")
    assert attempts(shared_shop, session) == [(1, "approved")]
    assert charged(shared_shop, session) == 1


def test_the_last_attempt_posted_twenty_times_is_made_once(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    for _ in range(2):
        visitor.pay(session, "sandbox_decline")
        visitor.wait_until(session, "interrupted")
    answers = all_at_once(*[lambda: visitor.pay(session, "sandbox_decline")] * MANY)
    assert Counter(bool(refusal(answer)) for answer in answers) == {False: 1, True: MANY - 1}
    visitor.wait_until(session, "failed")
    assert [number for number, _ in attempts(shared_shop, session)] == [1, 2, 3]
    assert charged(shared_shop, session) == 0


def test_pay_and_cancel_at_once_end_one_way_or_the_other(shared_shop: RunningShop, visitor: Visitor) -> None:
    for _ in range(5):
        session = visitor.order()
        all_at_once(lambda: visitor.pay(session), lambda: visitor.cancel(session))  # noqa: B023  # called at once
        ended = visitor.wait_until(session, "completed", "cancelled")
        assert charged(shared_shop, session) == (1 if ended.state == "completed" else 0)


def test_twenty_shoppers_and_one_last_item_make_one_order(shared_shop: RunningShop) -> None:
    shared_shop.put_on_sale("last-globe", 1)
    shoppers = [shared_shop.visitor() for _ in range(MANY)]
    for shopper in shoppers:
        shopper.put_into_cart("last-globe")
    answers = all_at_once(*[shopper.check_out for shopper in shoppers])
    assert Counter(answer.status for answer in answers) == {303: 1, 409: MANY - 1}
    assert all("Somebody was quicker" in answer.text for answer in answers if answer.status == 409)
    assert orders_of(shared_shop, "last-globe") == 1
    assert shared_shop.stock("last-globe") == 0


def test_a_checkout_sent_twice_is_one_order_and_both_lead_to_its_payment(
    shared_shop: RunningShop, visitor: Visitor
) -> None:
    shared_shop.put_on_sale("double-desk", 10)
    visitor.put_into_cart("double-desk")
    answers = all_at_once(visitor.check_out, visitor.check_out)
    assert [answer.status for answer in answers] == [303, 303]
    assert len({answer.location for answer in answers}) == 1
    assert "/pay/" in answers[0].location
    assert orders_of(shared_shop, "double-desk") == 1
    assert shared_shop.stock("double-desk") == 9


@pytest.mark.parametrize("key", ["the same key", None])
def test_a_session_created_twenty_times_for_one_order_is_one_session(
    shared_shop: RunningShop, visitor: Visitor, key: str | None
) -> None:
    session = visitor.order()
    order = visitor.session(session)["order"]
    headers = {"Idempotency-Key": key} if key else {}
    answers = all_at_once(*[lambda: visitor.call("/session/create", headers, order=order)] * MANY)
    assert {answer.status for answer in answers} == {200}
    assert {answer.json["id"] for answer in answers} == {session}


def orders_of(shop: RunningShop, slug: str) -> int:
    found: int = shop.rows(
        "select count(*) from order_line join product on product.id = product_id where slug = ?", slug
    )[0][0]
    return found
