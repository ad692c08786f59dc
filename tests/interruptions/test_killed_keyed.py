"""kill -9 while a request with an idempotency key is at work: sent again, it is not done again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from smartcart.drill.browser import Answer, Browser
from tests.interruptions.test_killed_server import CrashingShop
from tests.support.waiting import wait_for

SUM = {"amount": 4200, "currency": "EUR"}


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., CrashingShop]) -> CrashingShop:
    """One shop dies and comes back in all of these tests, as one machine would."""
    shop = new_shop(CrashingShop, payment_timeout=4)
    shop.start()
    return shop


@pytest.fixture(scope="module")
def office(shop: CrashingShop) -> Browser:
    made = shop.command("api-key", "create", "the office", "--admin")
    assert made.returncode == 0, made.stderr
    return Browser(shop.url, key=made.stdout.split()[0])


def opened(office: Browser, reference: str) -> str:
    answer = office.call("/session/create", reference=reference, **SUM)
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def status(office: Browser, session: str) -> object:
    return office.get(f"/api/payments/session/{session}").json["status"]


def die_of(shop: CrashingShop, moment: str, send: Callable[[], Answer]) -> None:
    """The shop dies of a request and comes back a minute later, as its clock says of what was begun before."""
    shop.die_when(moment)
    with suppress(OSError):  # it may die when it has answered
        send()
    shop.wait_for_end()
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    shop.write("update kept_answer set kept_at = ?", long_ago.strftime("%Y-%m-%d %H:%M:%S.%f"))
    shop.start()


@pytest.mark.parametrize("moment", ["the gateway has refunded"])
def test_a_refund_is_made_once(shop: CrashingShop, office: Browser, moment: str) -> None:
    session = opened(office, "refunded")
    office.call(f"/session/{session}/pay", method="sandbox_approve")
    wait_for(lambda: status(office, session) == "completed")

    def refund() -> Answer:
        return office.call(f"/session/{session}/refund", {"Idempotency-Key": "a refund"}, amount=1000)

    die_of(shop, moment, refund)
    again = wait_for(lambda: answer if (answer := refund()).status == 200 else None)
    assert again is not None
    assert again.json["refunded"] == 1000
    assert [charge["refunded"] for charge in shop.charges(session)] == [1000]
    assert shop.rows("select count(*) from refund where session_id = ?", session) == [(1,)]


def test_an_attempt_is_made_once(shop: CrashingShop, office: Browser) -> None:
    session = opened(office, "paid")

    def pay() -> Answer:
        return office.call(f"/session/{session}/pay", {"Idempotency-Key": "a payment"}, method="sandbox_approve")

    die_of(shop, "nothing has left the house", pay)
    wait_for(lambda: status(office, session) == "interrupted")
    assert pay().status == 202
    assert shop.rows("select count(*) from payment_attempt where session_id = ?", session) == [(1,)]
    assert shop.charges(session) == []
