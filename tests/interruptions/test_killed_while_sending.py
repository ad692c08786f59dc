"""kill -9 while a letter is sent: it arrives, and where nobody can know whether it did, twice to the letter."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.interruptions.test_killed_server import CrashingShop
from tests.mail.mail_server import MailServer
from tests.support.databases import ON_SQLITE
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE  # what PostgreSQL has of it is a row that is claimed, and tests/work_queue holds that there

COME_DUE = "update outbox set due_at = written_at where due_at is not null"


class Misbehaviour(NamedTuple):
    """What the server answers once, to a receiver or after the last dot; "die" takes the letter and hangs up."""

    rcpt: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


WELL, GREYLISTS = Misbehaviour(), Misbehaviour(rcpt=("451 4.7.1 Greylisted",))
PUTS_OFF, DIES = Misbehaviour(data=("451 4.3.0 Later",)), Misbehaviour(data=("die",))
# When the shop dies, what the server does when it comes again, and how often the letter arrives in the end.
CASES = [
    ("a letter is to be sent", GREYLISTS, 1),
    ("a letter is made", PUTS_OFF, 1),
    ("a letter is on record", DIES, 2),
    ("a letter has arrived", WELL, 2),
    ("a letter has arrived", PUTS_OFF, 2),
]


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


@pytest.mark.parametrize(("moment", "server", "arrivals"), CASES)
def test_each_letter_arrives_once_in_effect(
    shop: CrashingShop, mail_server: MailServer, moment: str, server: Misbehaviour, arrivals: int
) -> None:
    mail_server.taken.clear()
    shop.start()
    shop.die_when(moment)
    shopper: Visitor = shop.visitor()
    session = shopper.order("teapot")
    shopper.pay(session)
    shop.wait_for_end()
    mail_server.rcpt, mail_server.data = list(server.rcpt), list(server.data)
    # Its claim lasts for minutes: whoever died is waited for no longer.
    shop.write(COME_DUE)
    shop.start()
    told = "from outbox where kind = 'receipt' and session_id = ?"
    if server != WELL:
        wait_for(lambda: shop.rows(f"select tries {told}", session) == [(1,)])
        shop.write(COME_DUE)
    wait_for(lambda: shop.rows(f"select fate {told}", session) == [("delivered",)])
    assert len(mail_server.taken) == arrivals
    assert len(set(mail_server.taken)) == 1
    shop.stop()
