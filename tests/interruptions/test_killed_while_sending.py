"""kill -9 while a letter is sent: it arrives, and where nobody can know whether it did, twice to the letter."""

from collections.abc import Callable, Iterator

import pytest

from tests.interruptions.test_killed_server import CrashingShop
from tests.mail.mail_server import MailServer
from tests.support.databases import ON_SQLITE
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE  # what PostgreSQL has of it is a row that is claimed, and tests/work_queue holds that there

LETTER_MOMENTS = {
    "a letter is to be sent": 1,
    "a letter is made": 1,
    "a letter is on record": 1,
    "a letter has arrived": 2,
}


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    server = MailServer()
    server.start(tmp_path_factory.mktemp("mail"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., CrashingShop], mail_server: MailServer) -> CrashingShop:
    return new_shop(
        CrashingShop,
        smtp_host="localhost",
        smtp_port=mail_server.port,
        smtp_security="none",
        mail_from="shop@shop.example",
    )


@pytest.mark.parametrize("moment", LETTER_MOMENTS)
def test_each_letter_arrives_once_in_effect(shop: CrashingShop, mail_server: MailServer, moment: str) -> None:
    mail_server.taken.clear()
    shop.start()
    shop.die_when(moment)
    shopper: Visitor = shop.visitor()
    session = shopper.order("teapot")
    shopper.pay(session)
    shop.wait_for_end()
    # Its claim lasts for minutes: whoever died is waited for no longer.
    shop.write("update outbox set due_at = written_at where due_at is not null")
    shop.start()
    wait_for(lambda: shop.rows("select fate from outbox where session_id = ?", session) == [("delivered",)])
    assert len(mail_server.taken) == LETTER_MOMENTS[moment]
    assert len(set(mail_server.taken)) == 1
    shop.stop()
