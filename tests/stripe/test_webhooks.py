"""POST /webhooks/stripe: who may tell, and what is kept of it."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from tests.payments.opened import NOW, time_passes
from tests.stripe.conftest import ScriptedStripe
from tests.stripe.letters import SECRET, deliver, intent, letter, sign
from tests.support.ports import free_port
from tests.support.two_at_once import overlapping
from tests.support.waiting import wait_for

OTHER_SECRET = "whsec_of_somebody_else"


def kept() -> Sequence[GatewayEvent]:
    db.session.rollback()
    return db.session.scalars(select(GatewayEvent).execution_options(populate_existing=True)).all()


def fates() -> list[Fate]:
    return [event.fate for event in kept()]


def test_what_stripe_signed_is_kept_as_it_came(told_shop: Flask) -> None:
    body = letter(intent("a-session", "pi_7"), id="evt_7")
    assert deliver(told_shop, body).status_code == 200
    [event] = kept()
    assert (event.id, event.kind, event.body) == ("evt_7", "payment_intent.succeeded", body)
    assert (event.subject, event.reference, event.claimed_session) == ("pi_7", "pi_7", "a-session")
    assert event.received_at == NOW


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1,v1=",
        "nonsense",
        "t=soon,v1=00",
        "v1=00",
        f"t={int(NOW.timestamp())},v1=zzé",
        f"t={int(NOW.timestamp())}," + "v1=00," * 1000,
    ],
)
def test_without_a_signature_that_fits_nothing_is_kept(told_shop: Flask, signature: str) -> None:
    answer = deliver(told_shop, letter(intent("a-session")), signature)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "not_from_stripe")
    assert kept() == []


def test_another_secret_does_not_fit(told_shop: Flask) -> None:
    body = letter(intent("a-session"))
    assert deliver(told_shop, body, sign(body, OTHER_SECRET)).status_code == 400
    assert kept() == []


def test_a_signature_is_for_one_body_to_the_byte(told_shop: Flask) -> None:
    body = letter(intent("a-session"))
    assert deliver(told_shop, body + " ", sign(body)).status_code == 400
    assert deliver(told_shop, json.dumps(json.loads(body), indent=1), sign(body)).status_code == 400
    assert kept() == []


def test_while_the_secret_is_rolled_one_of_two_signatures_is_enough(told_shop: Flask) -> None:
    body = letter(intent("a-session"))
    other = sign(body, OTHER_SECRET).partition(",")[2]
    assert deliver(told_shop, body, f"{sign(body)},{other}").status_code == 200
    body = letter(intent("a-session"))
    moment, ours = sign(body).split(",")
    other = sign(body, OTHER_SECRET).partition(",")[2]
    assert deliver(told_shop, body, f"{moment},{other},{ours}").status_code == 200
    assert len(kept()) == 2


def test_while_the_secret_is_rolled_the_shop_takes_both(settings: Settings, told_shop: Flask) -> None:
    both = settings.model_copy(update={"stripe_webhook_secret": f"{OTHER_SECRET},{SECRET}"})
    app = create_app(both, ScriptedStripe(settings.sandbox_ledger))
    for secret in (SECRET, OTHER_SECRET):
        body = letter(intent("a-session"))
        assert deliver(app, body, sign(body, secret)).status_code == 200
    body = letter(intent("a-session"))
    assert deliver(app, body, sign(body, "whsec_of_a_third")).status_code == 400


@pytest.mark.parametrize("secret", ["", ","])
def test_without_a_secret_nobody_can_sign(settings: Settings, told_shop: Flask, secret: str) -> None:
    app = create_app(
        settings.model_copy(update={"stripe_webhook_secret": secret}), ScriptedStripe(settings.sandbox_ledger)
    )
    body = letter(intent("a-session"))
    for signed_with in ("", SECRET):
        assert deliver(app, body, sign(body, signed_with)).status_code == 400
    assert kept() == []


@pytest.mark.parametrize(("age", "status"), [(299, 200), (301, 400), (-60, 200)])
def test_a_signature_holds_for_five_minutes_of_the_shops_own_clock(told_shop: Flask, age: float, status: int) -> None:
    body = letter(intent("a-session"))
    assert deliver(told_shop, body, sign(body, age=age)).status_code == status


@pytest.mark.parametrize(
    "body", ["[]", "null", "{}", "nonsense", '{"id": "evt_1"}', '{"id": 1, "type": 2, "created": 3}']
)
def test_what_is_signed_and_no_event_is_refused(told_shop: Flask, body: str) -> None:
    assert deliver(told_shop, body).status_code == 400
    assert kept() == []


def test_an_event_that_looks_like_no_other_is_kept_all_the_same(told_shop: Flask) -> None:
    body = letter({"object": "bitcoin.wallet", "id": "\x00", "metadata": {"smartcart_session": "\x00", "a": {}}})
    assert deliver(told_shop, body).status_code == 200
    assert [(event.body, event.claimed_session) for event in kept()] == [(body, "")]


def test_a_body_that_is_too_large_is_refused(told_shop: Flask) -> None:
    large = letter({**intent("a-session"), "description": "x" * 100_000})
    assert deliver(told_shop, large).status_code == 200
    too_large = letter({**intent("a-session"), "description": "x" * 300_000})
    assert deliver(told_shop, too_large).status_code == 413
    assert len(kept()) == 1


def test_the_same_event_is_kept_once_and_answered_200_each_time(told_shop: Flask) -> None:
    body = letter(intent("a-session"))
    time_passes(1)
    assert [deliver(told_shop, body).status_code for _ in range(3)] == [200, 200, 200]
    assert len(kept()) == 1


def test_the_same_event_twice_at_the_same_moment_is_kept_once(told_shop: Flask) -> None:
    body = letter(intent("a-session"))
    answers = overlapping(told_shop, *[lambda: deliver(told_shop, body).status_code] * 3)
    assert answers == [200, 200, 200]
    assert len(kept()) == 1


def test_no_cookie_and_no_rate_limit_come_in_the_way_of_a_burst(told_shop: Flask, settings: Settings) -> None:
    strict = settings.model_copy(update={"rate_limit": "1 per hour", "stripe_webhook_secret": SECRET})
    app = create_app(strict, runtime().gateway)
    answers = [deliver(app, letter(intent("a-session"))) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("Set-Cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("fields", "shop", "fate"),
    [
        ({"livemode": True}, None, Fate.OTHER_MODE),
        ({}, "another-shop", Fate.OTHER_SHOP),
        ({"kind": "payment_intent.created"}, None, Fate.NOT_NEEDED),
        ({"kind": "customer.created"}, None, Fate.NOT_NEEDED),
    ],
)
def test_what_is_none_of_this_shops_business_is_kept_as_such_and_never_applied(
    told_shop: Flask, gateway: ScriptedStripe, fields: dict[str, object], shop: str | None, fate: Fate
) -> None:
    assert deliver(told_shop, letter(intent("a-session", shop=shop), **fields)).status_code == 200
    assert fates() == [fate]
    time_passes(100_000)
    assert processor.apply_due() == 0
    assert gateway.asked == []


def test_an_event_of_a_real_payment_is_for_a_shop_with_real_payments(told_shop: Flask, gateway: ScriptedStripe) -> None:
    gateway.is_test = False
    deliver(told_shop, letter(intent("a-session"), livemode=True))
    deliver(told_shop, letter(intent("a-session"), livemode=False))
    assert sorted(fates()) == [Fate.OTHER_MODE, Fate.WAITING]


def test_an_answer_waits_for_no_gateway(told_shop: Flask) -> None:
    """All of its threads for questions are taken, and the event stays due."""
    stop = Event()
    under_way = [runtime().pool.run(lambda: stop.wait(10)) for _ in range(runtime().pool.room)]
    assert deliver(told_shop, letter(intent("a-session"))).status_code == 200
    assert [event.due_at for event in kept()] == [NOW]
    stop.set()
    assert all(each.result(timeout=10) is None for each in under_way)
    assert processor.hand_over() == 1
    wait_for(lambda: kept()[0].tries)


def test_webhooks_take_none_of_the_threads_that_are_for_charges(told_shop: Flask, gateway: ScriptedStripe) -> None:
    stop = Event()
    asking = [runtime().pool.run(lambda: stop.wait(10)) for _ in range(runtime().pool.room)]
    deliver(told_shop, letter(intent("a-session")))
    assert processor.hand_over() == 0  # though it is due
    charging = Event()
    runtime().pool.start(lambda reserve: reserve(), lambda _: charging.set())
    assert charging.wait(10)
    stop.set()
    assert all(each.result(timeout=10) is None for each in asking if each)
    assert processor.hand_over() == 1
    wait_for(lambda: kept()[0].tries)


def test_when_it_cannot_be_kept_stripe_is_told_to_send_it_again(tmp_path: Path, gateway: ScriptedStripe) -> None:
    cut_off = Settings(
        database_url=f"postgresql://shop@127.0.0.1:{free_port()}/shop",
        secret_key="x" * 32,
        sandbox_ledger=tmp_path / "ledger.sqlite3",
    ).model_copy(update={"stripe_webhook_secret": SECRET})
    app = create_app(cut_off, gateway)
    body = json.dumps({"id": "evt_1", "type": "payment_intent.succeeded", "created": 1})
    assert deliver(app, body).status_code == 503
    assert deliver(app, body, "").status_code == 400


def test_a_month_later_what_was_told_is_forgotten_and_what_still_waits_is_not(
    told_shop: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "hand_over", lambda: 0)
    deliver(told_shop, letter(intent("a-session"), livemode=True))
    deliver(told_shop, letter(intent("a-session")))
    time_passes(29 * 86400)
    assert processor.forget_old() == 0
    time_passes(2 * 86400)
    assert processor.forget_old() == 1
    assert fates() == [Fate.WAITING]


def test_there_is_no_such_address_without_stripe(app: Flask) -> None:
    assert app.test_client().post("/webhooks/stripe", data="{}").status_code in (400, 404)
    assert "webhooks.stripe" not in app.view_functions


def test_no_word_of_a_webhook_is_in_the_log(told_shop: Flask, caplog: pytest.LogCaptureFixture) -> None:
    told_shop.logger.disabled = False
    caplog.set_level(logging.DEBUG)
    body = letter({**intent("a-session"), "receipt_email": "ada@example.org"})
    deliver(told_shop, body)
    deliver(told_shop, body, sign(body, OTHER_SECRET))
    deliver(told_shop, body[:-1] + " }", sign(body))
    assert "a webhook was refused: the signature does not fit" in caplog.text
    assert not [word for word in ("ada@example.org", "a-session", SECRET, "v1=") if word in caplog.text]
