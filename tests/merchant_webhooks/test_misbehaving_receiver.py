"""A receiver that leads on, says secrets, hangs or is not there harms nobody, and is tried again."""

from collections.abc import Callable

import pytest
from flask import Flask

from smartcart.merchant_webhooks import deliveries, endpoints, sending, worker
from smartcart.merchant_webhooks.models import DeliveryFate
from smartcart.payments.core import merchant_feed
from tests.merchant_webhooks.conftest import Subscribe, of, only, send
from tests.merchant_webhooks.receiver import Receiver
from tests.support.caller import Caller
from tests.support.databases import ON_SQLITE
from tests.support.waiting import wait_for

Receivers = Callable[..., Receiver]


@ON_SQLITE
def test_no_redirect_is_followed(
    merchant: Caller, receiver: Receiver, receivers: Receivers, subscribe: Subscribe
) -> None:
    leads_on = receivers(status=307, headers={"Location": receiver.url})
    endpoint = subscribe(leads_on)
    merchant.create()
    send()
    assert (len(leads_on.got), len(receiver.got)) == (1, 0)
    assert only(endpoint).problem == "it answered 307"


@ON_SQLITE
def test_of_an_answer_the_beginning_is_kept_without_secrets(
    merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    receiver = receivers()
    endpoint = subscribe(receiver)
    receiver.text = f"\0I know {endpoint.secret}! " + "x" * 100_000
    merchant.create()
    send()
    assert only(endpoint).answer.startswith("I know ***! xxx")
    assert len(only(endpoint).answer) <= sending.LONGEST_ANSWER
    receiver.text = "you sent 4242 4242 4242 4242"
    merchant.create("A-2")
    send()
    assert "4242" not in of(endpoint)[1].answer


@ON_SQLITE
def test_who_does_not_answer_is_left_when_the_time_is_over(
    merchant: Caller, subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE", 0.5)
    receiver.may_answer.clear()
    endpoint = subscribe(receiver)
    merchant.create()
    send()
    assert only(endpoint).problem == "no answer within 0 s"
    assert endpoints.find(endpoint.id).failing_since is not None


@ON_SQLITE
def test_who_is_not_there_is_tried_again(merchant: Caller, receiver: Receiver, subscribe: Subscribe) -> None:
    endpoint = subscribe(receiver)
    receiver.stop()
    merchant.create()
    send()
    assert (only(endpoint).fate, only(endpoint).tries) == (DeliveryFate.WAITING, 1)
    assert "refused" in only(endpoint).problem


@ON_SQLITE
def test_those_that_hang_hold_no_other_up(
    app: Flask, merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    healthy = receivers()
    endpoint = subscribe(healthy)
    merchant.create("while all are well")
    send()
    hanging = [receivers() for _ in range(worker.SLOW + 1)]
    for each in hanging:
        subscribe(each)
        each.may_answer.clear()
    merchant.create("while others hang")
    merchant_feed.give_numbers()
    deliveries.read_on()
    at_work = worker.queue(app)
    at_work.begin_due()
    wait_for(lambda: sum(len(each.got) for each in hanging) == worker.SLOW)  # as many as there is room for
    wait_for(lambda: {each.fate for each in of(endpoint)} == {DeliveryFate.DELIVERED})
    assert not any(each.may_answer.is_set() for each in hanging)
    for each in hanging:
        each.may_answer.set()
    at_work.finish(1.0)
