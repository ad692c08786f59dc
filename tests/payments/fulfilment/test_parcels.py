"""What is paid is packed and sent, once, and only while there is money for it."""

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.books import RefundAnswer
from smartcart.ids import new_id
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind
from smartcart.payments.core.refusals import NothingToReturn, NothingToSend, Refused, SentAlready
from smartcart.payments.fulfilment import parcels
from smartcart.payments.refunds import transitions
from smartcart.shop import deliveries
from smartcart.shop.delivery_models import Stage
from tests.payments.opened import make_refund, open_session
from tests.payments.scripted import Scripted
from tests.payments.sending import order_of, pay_to_be_sent
from tests.support.two_at_once import together

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def app(settings: Settings, gateway: Scripted) -> Iterator[Flask]:
    app = create_app(settings, gateway)
    app.logger.disabled = True
    with app.app_context():
        yield app


def stage(session: str) -> Stage | None:
    return deliveries.stage_of(order_of(session))


def letters_written(session: str) -> int:
    return len([each for each in effects.of_session(session) if each.kind == EffectKind.SENT])


def test_what_is_paid_is_packed_then_sent_and_each_is_on_record() -> None:
    session = pay_to_be_sent()
    parcels.pack(session)
    assert stage(session) is Stage.PACKED
    parcels.send(session, "the post", "https://post.example/1")
    assert stage(session) is Stage.SENT
    steps = deliveries.steps_of(order_of(session))
    assert [(each.stage, each.carrier) for each in steps] == [(Stage.PACKED, ""), (Stage.SENT, "the post")]


def test_what_is_not_packed_is_not_sent() -> None:
    session = pay_to_be_sent()
    with pytest.raises(SentAlready):
        parcels.send(session, "", "")
    assert stage(session) is Stage.WAITING
    assert letters_written(session) == 0


def test_what_is_not_paid_is_not_packed() -> None:
    with pytest.raises(NothingToSend):
        parcels.pack(open_session())


@pytest.mark.parametrize("answer", [RefundAnswer.MADE, RefundAnswer.UNKNOWN])
def test_what_was_packed_is_not_sent_once_all_of_the_money_goes_back(answer: RefundAnswer) -> None:
    session = pay_to_be_sent()
    parcels.pack(session)
    make_refund(session, answer)
    with pytest.raises(NothingToSend):
        parcels.send(session, "", "")
    assert stage(session) is Stage.PACKED


def test_what_is_paid_in_part_still_is_sent() -> None:
    session = pay_to_be_sent()
    transitions.request(session, 100, "a dent", "admin", new_id())
    parcels.pack(session)
    assert stage(session) is Stage.PACKED


def test_of_two_presses_one_sends(app: Flask) -> None:
    session = pay_to_be_sent()
    parcels.pack(session)
    answers = together(app, *[lambda: parcels.send(session, "the post", "https://post.example/1")] * 4)
    assert Counter(type(answer).__name__ for answer in answers) == {"NoneType": 1, "SentAlready": 3}
    assert letters_written(session) == 1


def test_between_a_refund_and_a_parcel_one_comes_first(app: Flask) -> None:
    session = pay_to_be_sent()
    parcels.pack(session)
    refund = lambda: transitions.request(session, None, "", "admin", new_id())  # noqa: E731
    answers = together(app, refund, lambda: parcels.send(session, "", ""))
    refused = [type(answer) for answer in answers if isinstance(answer, Refused)]
    assert refused in ([], [NothingToSend])
    assert (stage(session) is Stage.SENT) == (refused == [])
    with pytest.raises(NothingToReturn):
        transitions.request(session, None, "", "admin", new_id())
