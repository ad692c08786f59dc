"""`smartcart doctor` greets the mail server, and sends a test mail when it is asked to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcart.doctor import mail_domain
from tests.commands.running import Command
from tests.commands.test_doctor import look, set_all
from tests.mail.mail_server import PASSWORD, USER, MailServer, nobody
from tests.support.databases import ON_SQLITE, write_into
from tests.support.name_server import NameServer

pytestmark = ON_SQLITE  # a mail server knows nothing of the database


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer()
    server.start(tmp_path)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def sending(environment: pytest.MonkeyPatch, migrated: str, mail_server: MailServer) -> str:
    """The database of a shop that sends by that server."""
    set_all(
        environment,
        SMTP_HOST="localhost",
        SMTP_PORT=str(mail_server.port),
        SMTP_SECURITY="none",
        MAIL_FROM="shop@shop.example",
    )
    return migrated


def test_a_server_that_answers_is_well_and_sent_nothing(run: Command, mail_server: MailServer) -> None:
    verdict, found, _ = look(run)["mail"]
    assert verdict == "ok"
    assert f"localhost:{mail_server.port} (none) answers and lets the shop in." in found
    assert mail_server.taken == []


def test_a_test_mail_is_sent_where_it_is_wanted(run: Command, mail_server: MailServer) -> None:
    done = run("doctor", "--mail-to", "ada@example.org")
    assert "has taken a test mail to ada@example.org" in done.out
    [mail] = mail_server.mails()
    assert (mail["To"], mail["From"]) == ("ada@example.org", "shop@shop.example")
    assert mail["Subject"] == "Test mail of SmartCart"


def test_a_test_mail_that_is_refused_is_wrong(run: Command, mail_server: MailServer) -> None:
    mail_server.rcpt = ["550 5.1.1 No such mailbox"]
    done = run("doctor", "--mail-to", "nobody@example.org")
    assert done.code == 1
    assert "the receiver was refused: 550 5.1.1 No such mailbox" in done.out


def test_a_server_that_is_away_is_wrong(run: Command, environment: pytest.MonkeyPatch) -> None:
    with nobody() as port:
        set_all(environment, SMTP_HOST="127.0.0.1", SMTP_PORT=str(port))
        verdict, found, _ = look(run)["mail"]
    assert verdict == "wrong"
    assert f"127.0.0.1:{port}: " in found


@pytest.mark.parametrize("password", [PASSWORD, "hunter2"])
def test_a_login_is_tried_and_never_shown(
    run: Command, environment: pytest.MonkeyPatch, mail_server: MailServer, password: str
) -> None:
    mail_server.has_tls = mail_server.wants_login = True
    set_all(environment, SMTP_SECURITY="starttls", SMTP_USER=USER, SMTP_PASSWORD=password)
    environment.setenv("SSL_CERT_FILE", str(mail_server.certificate))
    verdict, found, _ = look(run)["mail"]
    assert verdict == ("ok" if password == PASSWORD else "wrong")
    assert password not in found


def test_letters_that_were_given_up_are_told(run: Command, sending: str) -> None:
    write_into(
        sending,
        "insert into outbox (kind, session_id, occasion, edition, receiver, written_at, wanted_at, fate, tries,"
        " problem) values ('receipt', 'a session', '', 1, 'mail', ?, ?, 'given_up', 1, 'refused')",
        *["2026-11-22 10:00:00.000000"] * 2,
    )
    assert look(run)["letters"][:2] == ("warning", "1 could not be sent.")


def test_the_sender_s_domain_is_looked_at(
    run: Command, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(environment, MAIL_FROM="shop@shop.b.org")
    with NameServer().running() as dns:
        dns.texts = {"shop.b.org": ["v=spf1 -all"]}
        monkeypatch.setattr(mail_domain, "Resolver", dns.resolver)
        done = run("doctor", "--dkim-selector", "s1")
    assert "ok       SPF: shop.b.org: v=spf1 -all." in done.out
    assert "warning  DKIM: s1._domainkey.shop.b.org: there is no key." in done.out
    assert "warning  DMARC: shop.b.org: no DMARC record" in done.out
