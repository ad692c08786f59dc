"""A merchant's own system is told of what happens: verified, once if all goes well, and again where it does not."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from unittest.mock import Mock

import pytest
from flask import Flask
from standardwebhooks import WebhookVerificationError

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.merchant_webhooks import attempts, deliveries, endpoints, sending
from smartcart.merchant_webhooks.models import DeliveryFate
from smartcart.merchant_webhooks.worker import Lane
from smartcart.outbox.models import OwnerNotice
from smartcart.payments.api import keys
from smartcart.payments.core import merchant_feed
from smartcart.work_queue import Claim
from tests.merchant_webhooks.conftest import Subscribe, of, only, send
from tests.merchant_webhooks.receiver import Receiver
from tests.payments.opened import NOW
from tests.support.caller import Caller, by_key
from tests.support.databases import ON_SQLITE

Receivers = Callable[..., Receiver]


def pass_time(**time: float) -> None:
    clock.freeze(clock.now() + timedelta(**time))


def test_who_verifies_by_the_public_library_gets_all_of_it_in_order(
    merchant: Caller, receiver: Receiver, subscribe: Subscribe
) -> None:
    endpoint = subscribe(receiver)
    sessions = [merchant.create(f"A-{number}")["id"] for number in range(3)]
    merchant.post(f"/session/{sessions[0]}/cancel")
    send()
    told = [each.verified(endpoint.secret) for each in receiver.got]
    feed = merchant.get("/events").get_json()["events"]
    assert [{name: each[name] for name in feed[0]} for each in told] == feed
    assert [(each["type"], each["data"]["session"]["id"]) for each in told] == [
        *(("payment.opened", session) for session in sessions),
        ("payment.cancelled", sessions[0]),
    ]
    assert [each.event_id for each in receiver.got] == [each["id"] for each in feed]
    assert {each.fate for each in of(endpoint)} == {DeliveryFate.DELIVERED}


@ON_SQLITE
def test_a_thread_that_the_system_did_not_give_takes_no_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = Lane(app, is_slow=False, threads=1).due()
    monkeypatch.setattr(Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
    with pytest.raises(RuntimeError):
        kind.attend(Claim(kind, "1", NOW, "an endpoint", NOW))
    assert kind.room() == 1


@ON_SQLITE
def test_another_secret_does_not_verify_it(merchant: Caller, receiver: Receiver, subscribe: Subscribe) -> None:
    before = subscribe(receiver).secret
    merchant.create()
    send()
    other = before[:-3] + ("AA=" if before[-3:] != "AA=" else "BA=")
    with pytest.raises(WebhookVerificationError):
        receiver.got[0].verified(other)


@ON_SQLITE
def test_two_secrets_sign_for_a_day_after_the_change(
    merchant: Caller, receiver: Receiver, subscribe: Subscribe
) -> None:
    before = subscribe(receiver)
    secret_before = before.secret
    after = endpoints.rotate(before.id)
    merchant.create()
    send()
    [got] = receiver.got
    assert got.verified(secret_before) == got.verified(after.secret)
    pass_time(hours=24, seconds=1)
    assert endpoints.secrets(endpoints.find(after.id)) == [after.secret]


@ON_SQLITE
def test_only_what_it_chose_and_thin_is_the_id_alone(
    merchant: Caller, receiver: Receiver, subscribe: Subscribe
) -> None:
    endpoint = subscribe(receiver, "payment.cancelled", thin=True)
    session = merchant.create()["id"]
    merchant.post(f"/session/{session}/cancel")
    send()
    [got] = receiver.got
    told = got.verified(endpoint.secret)
    assert (told["type"], told["data"]) == ("payment.cancelled", {"session": {"id": session}})


@ON_SQLITE
def test_what_was_before_it_and_what_is_others_is_not_told(
    app: Flask, merchant: Caller, receiver: Receiver, subscribe: Subscribe
) -> None:
    merchant.create("before")
    merchant_feed.give_numbers()
    subscribe(receiver)
    by_key(app, "another").create("of another")
    send()
    assert receiver.got == []


@ON_SQLITE
def test_tried_again_by_the_schedule_and_given_up_after_three_days(
    still_clock: None, merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    receiver = receivers(status=500, text="out of order")
    endpoint = subscribe(receiver)
    merchant.create()
    send()
    while (due := only(endpoint).due_at) is not None:
        clock.freeze(due)
        send()
    delivery = only(endpoint)
    assert (delivery.fate, delivery.tries, len(receiver.got)) == (DeliveryFate.GIVEN_UP, 10, 10)
    assert (delivery.status, delivery.answer, delivery.problem) == (500, "out of order", "it answered 500")
    assert timedelta(days=2, hours=8) < clock.now() - NOW < timedelta(days=3, hours=4)
    assert len({(each.event_id, each.body) for each in receiver.got}) == 1
    assert len({each.headers["webhook-timestamp"] for each in receiver.got}) == 10


@ON_SQLITE
def test_down_for_a_day_it_gets_all_of_it_when_it_is_back(
    still_clock: None, merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    receiver = receivers(status=503)
    endpoint = subscribe(receiver)
    for hour in range(24):
        merchant.create(f"A-{hour}")
        send()
        pass_time(hours=1)
    receiver.status = 200
    while any(each.due_at for each in of(endpoint)):
        clock.freeze(min(each.due_at for each in of(endpoint) if each.due_at))
        send()
    assert [each.fate for each in of(endpoint)] == [DeliveryFate.DELIVERED] * 24
    assert clock.now() - NOW < timedelta(hours=25, minutes=40)  # not at the end of each one's own wait
    assert endpoints.find(endpoint.id).failing_since is None


@ON_SQLITE
def test_nothing_delivered_for_five_days_switches_it_off_until_a_person_wants_it(
    still_clock: None, merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    receiver = receivers(status=500)
    endpoint = subscribe(receiver)
    for day in range(6):
        merchant.create(f"A-{day}")
        send()
        assert bool(endpoints.find(endpoint.id).off_at) is (day == 5)
        pass_time(days=1)
    assert endpoints.find(endpoint.id).off_because == "nothing could be delivered for 5 days"
    asked = len(receiver.got)
    merchant.create("while it is off")
    send()
    assert len(receiver.got) == asked
    merchant_feed.give_numbers()
    endpoints.switch_on(endpoint.id)
    receiver.status = 200
    merchant.create("after that")
    send()
    told = [json.loads(each.body)["data"]["session"]["order"] for each in receiver.got[asked:]]
    assert "after that" in told
    assert "while it is off" not in told


@ON_SQLITE
def test_gone_switches_it_off_at_once_and_the_owner_is_told(
    app: Flask, settings: Settings, merchant: Caller, receivers: Receivers, subscribe: Subscribe
) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"owner_email": "owner@shop.example"})
    endpoint = subscribe(receivers(status=410))
    merchant.create()
    send()
    assert "410" in endpoints.find(endpoint.id).off_because
    [notice] = db.session.query(OwnerNotice).all()
    assert (notice.kind, notice.path) == ("webhooks", f"/admin/webhooks/{endpoint.id}")
    assert endpoint.url in notice.detail


@ON_SQLITE
def test_once_its_key_is_revoked_nothing_more_is_told(
    merchant: Caller, receiver: Receiver, subscribe: Subscribe
) -> None:
    endpoint = subscribe(receiver)
    merchant.create()
    keys.revoke("till")
    send()
    assert not receiver.got
    assert endpoints.find(endpoint.id).off_because == only(endpoint).problem == "its API key was revoked"


@ON_SQLITE
def test_who_died_after_the_answer_sends_the_same_id_again(
    app: Flask,
    still_clock: None,
    merchant: Caller,
    receiver: Receiver,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = subscribe(receiver)
    merchant.create()
    with monkeypatch.context() as dying:
        dying.setattr(attempts, "_write_down", lambda *_: None)
        send()
    assert only(endpoint).fate is DeliveryFate.WAITING
    pass_time(seconds=attempts.LEASE)
    send()
    first, second = receiver.got
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert only(endpoint).fate is DeliveryFate.DELIVERED


def test_no_transaction_is_open_while_it_is_sent(
    merchant: Caller, receiver: Receiver, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[bool] = []
    post = sending.post

    def looking(*args: object) -> object:
        open_ones.append(db.session().in_transaction())
        return post(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "post", looking)
    subscribe(receiver)
    merchant.create()
    send()
    assert open_ones == [False]


@ON_SQLITE
def test_a_month_later_it_is_forgotten_and_what_was_taken_away_at_once(
    still_clock: None, merchant: Caller, receiver: Receiver, receivers: Receivers, subscribe: Subscribe
) -> None:
    kept, removed = subscribe(receiver), subscribe(receivers())
    merchant.create()
    send()
    endpoints.remove(removed.id)
    assert deliveries.forget_old() == 1
    assert len(of(kept)) == 1
    pass_time(days=30, seconds=1)
    assert deliveries.forget_old() == 1


@ON_SQLITE
def test_taken_away_it_gets_nothing_of_what_waits(merchant: Caller, receiver: Receiver, subscribe: Subscribe) -> None:
    endpoint = subscribe(receiver)
    merchant.create()
    merchant_feed.give_numbers()
    deliveries.read_on()
    endpoints.remove(endpoint.id)
    send()
    assert receiver.got == []
