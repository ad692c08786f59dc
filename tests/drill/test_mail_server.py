"""The mail server of an owner's drill takes whole letters, as they were sent, and is out of reach when it is to be."""

import smtplib
import socket
from collections.abc import Iterator

import pytest

from smartcart.drill.mail_server import MailServer
from smartcart.mail import smtp
from smartcart.outbox.worker import Undelivered
from tests.support.waiting import wait_for

LETTER = b"Message-ID: <7.20261129@example.org>\r\nSubject: Paid\r\n\r\n.one dot\r\n..two dots\r\nAnd \xc3\xa4.\r\n"


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


def port_of(server: MailServer) -> int:
    return int(str(server.settings["SMTP_PORT"]))


def send(server: MailServer, letter: bytes = LETTER) -> None:
    """As the shop does."""
    there = smtp.MailServer(str(server.settings["SMTP_HOST"]), port_of(server), "none")
    smtp.deliver(there, "shop@example.org", "ada@example.org", lambda: letter)


def test_a_letter_is_kept_byte_for_byte_by_its_name(server: MailServer) -> None:
    send(server)
    assert server.names() == ["7.20261129"]
    assert [copy.message for copy in server.copies("7.20261129")] == [LETTER]
    assert server.copies("another") == []


def test_one_that_comes_twice_is_there_twice(server: MailServer) -> None:
    send(server)
    send(server)
    assert len(server.copies("7.20261129")) == 2


def test_in_an_outage_every_connection_is_refused_and_afterwards_it_has_the_same_address(server: MailServer) -> None:
    port = port_of(server)
    with server.outage(), pytest.raises(Undelivered):
        send(server)
    assert server.names() == []
    assert port_of(server) == port
    send(server)
    assert server.names() == ["7.20261129"]


def test_a_letter_that_breaks_off_is_not_there(server: MailServer) -> None:
    with socket.create_connection(("127.0.0.1", port_of(server))) as caller:
        shop = caller.makefile("rwb", buffering=0)
        for command in (b"", b"MAIL FROM:<a@example.org>", b"RCPT TO:<b@example.org>", b"DATA"):
            if command:
                shop.write(command + b"\r\n")
            assert shop.readline()[:1] in (b"2", b"3")
        shop.write(LETTER)
        caller.shutdown(socket.SHUT_WR)
        assert wait_for(lambda: shop.read(1) == b"")  # it has seen the end, and hung up
    assert server.names() == []


def test_any_program_of_mail_can_speak_to_it(server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", port_of(server), timeout=20) as client:
        assert client.noop()[0] == 250
        assert client.sendmail("shop@example.org", ["ada@example.org"], LETTER) == {}
    assert len(server.copies("7.20261129")) == 1
