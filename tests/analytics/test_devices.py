"""The trail says at what kind of device a payment was opened and tried, and nothing else of what a browser tells."""

import pytest
from flask import Flask

from smartcart.payments.core import queries, record
from smartcart.payments.core.models import EventKind
from smartcart.rules.outcomes import UNREACHABLE
from smartcart.rules.payment_states import Move, State
from tests.payments.opened import PLAN, begin, open_session
from tests.rules.test_devices import OF_A_PHONE, OF_A_TABLET
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for
from tests.web.scene import Scene

pytestmark = ON_SQLITE


def devices(session: str) -> list[str]:
    """Those of its lines that were opened or tried, in their order."""
    lines = queries.events_of(session)
    assert all(not line.device for line in lines if not _is_told(line.kind, line.move))
    return [line.device for line in lines if _is_told(line.kind, line.move)]


def _is_told(kind: EventKind, move: str) -> bool:
    return kind is EventKind.OPENED or move == Move.ATTEMPT


def test_a_payment_is_opened_at_one_device_and_tried_at_another(app: Flask, shopper: Shopper) -> None:
    shopper.client.environ_base["HTTP_USER_AGENT"] = OF_A_TABLET
    session = shopper.order()
    shopper.client.environ_base["HTTP_USER_AGENT"] = OF_A_PHONE
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    assert devices(session) == ["tablet", "phone"]


@pytest.mark.usefixtures("app")
def test_where_nobody_is_at_work_there_is_no_device() -> None:
    session = open_session()
    record.settle(begin(session), UNREACHABLE, "gateway", PLAN)
    assert devices(session) == ["", ""]


def test_nothing_else_of_what_a_browser_tells_is_kept(app: Flask) -> None:
    scene = Scene(app)
    scene.shopper.client.environ_base["HTTP_USER_AGENT"] = f"{OF_A_PHONE} of-ada-alone"
    session = scene.shopper.order("kettle")
    scene.shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    assert devices(session)[-1] == "phone"
    assert "of-ada-alone" not in scene.books()
