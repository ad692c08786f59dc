"""A mail server that is reached by its IPv6 address alone, with and without the brackets around it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcart.config import Settings, load_settings
from smartcart.mail import smtp
from smartcart.outbox.worker import Undelivered
from tests.mail.mail_server import MailServer

LOOPBACK = "::1"
NONE = "NO IPv6 on this machine, not even within it: a mail server was not reached by such an address"


def _has_ipv6() -> bool:
    try:
        with socket.create_server((LOOPBACK, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not _has_ipv6(), reason=NONE)


@pytest.fixture
def ipv6_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(host=LOOPBACK)
    server.start(tmp_path)
    yield server
    server.stop()


def written_as(host: str, port: int, monkeypatch: pytest.MonkeyPatch) -> Settings:
    named = {"HOST": host, "PORT": str(port), "SECURITY": "none"}
    for name, value in named.items():
        monkeypatch.setenv(f"SMARTCART_SMTP_{name}", value)
    monkeypatch.setenv("SMARTCART_MAIL_FROM", "shop@example.org")
    return load_settings()


@pytest.mark.parametrize("host", [LOOPBACK, f"[{LOOPBACK}]", "[0:0:0:0:0:0:0:1]"])
def test_a_letter_is_handed_over(host: str, ipv6_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server = smtp.server_of(written_as(host, ipv6_server.port, monkeypatch))
    assert server
    smtp.deliver(server, "shop@example.org", "ada@example.org", lambda: b"Subject: Hello\r\n\r\nHello.\r\n")
    assert [mail["Subject"] for mail in ipv6_server.mails()] == ["Hello"]


def test_what_goes_wrong_names_it_with_its_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind((LOOPBACK, 0))
        port = taken.getsockname()[1]
        server = smtp.server_of(written_as(LOOPBACK, port, monkeypatch))
        assert server
        with pytest.raises(Undelivered) as failure:
            smtp.greet(server, "shop@example.org")
    assert failure.value.problem.startswith(f"[{LOOPBACK}]:{port}: ")
