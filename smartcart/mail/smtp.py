"""A mail server, spoken to step by step: the letter is made only once its receiver was taken.

What goes wrong before a receiver was named is about the server or us, and comes again whatever its code; after that a
code of 4xx says "later" and one of 5xx "never" (RFC 5321, section 4.2.1).
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Literal, Protocol

from smartcart.outbox.worker import Undelivered

# In seconds. RFC 5321, section 4.5.3.2, has minutes for relays; whoever submits letters has a server near by.
STEP = 20.0
# After the last dot it may be at work still, and who leaves too early sends a second time (section 4.5.3.2.6).
LAST_DOT = 120.0
# A server that says a letter now and then would hold on for ever. It is less than `patience.CARRYING_OUT`.
WHOLE = 240.0

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""

    @property
    def address(self) -> str:
        """As people read it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class MailSettings(Protocol):
    """The settings that say which server there is."""

    @property
    def smtp_host(self) -> str: ...
    @property
    def mail_port(self) -> int: ...
    @property
    def smtp_security(self) -> Security: ...
    @property
    def smtp_user(self) -> str: ...
    @property
    def smtp_password(self) -> str: ...


def server_of(given: MailSettings) -> MailServer | None:
    """The server that the settings name; None where mails are kept."""
    if not given.smtp_host:
        return None
    return MailServer(given.smtp_host, given.mail_port, given.smtp_security, given.smtp_user, given.smtp_password)


def greet(server: MailServer, sender: str) -> None:
    """Whether it lets this shop in, and no more. Raises Undelivered."""
    with _connected(server, sender.rpartition("@")[2]):
        pass


def deliver(server: MailServer, sender: str, to: str, make: Callable[[], bytes]) -> None:
    """Hand one mail over; `make` is called just before its first byte goes out, and what it raises undoes all.

    Raises Undelivered.
    """
    with _connected(server, sender.rpartition("@")[2]) as smtp:
        options = () if to.isascii() else _for_all_letters(smtp)
        _expect(smtp.mail(sender, options), "the sender")
        _expect(smtp.rcpt(to), "the receiver")
        message = make()
        _hand_over(smtp, message)


@contextmanager
def _connected(server: MailServer, domain: str) -> Iterator[smtplib.SMTP]:
    """A session with the server, encrypted and logged in as it is set. Raises Undelivered for whatever breaks it."""
    context = ssl.create_default_context()  # checks the certificate and its name
    encrypted = server.security == "tls"
    # Its own way to find our name asks the resolver, which may hang.
    smtp = (
        smtplib.SMTP_SSL(local_hostname=domain, timeout=STEP, context=context)
        if encrypted
        else smtplib.SMTP(local_hostname=domain, timeout=STEP)
    )
    limit = Timer(WHOLE, _hang_up, [smtp])
    limit.daemon = True
    limit.start()
    try:
        _greet(smtp, server, context)
        yield smtp
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"{server.address}: {_in_words(error)}") from error
    finally:
        limit.cancel()
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        smtp.close()


def _greet(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    smtp._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001  # the name that the certificate must have
    code, said = smtp.connect(server.host, server.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, said)
    if server.security == "starttls":
        smtp.starttls(context=context)  # raises where it is not offered: never without
    smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _for_all_letters(smtp: smtplib.SMTP) -> tuple[str, ...]:
    """What has to be said of an address that is not in ASCII (RFC 6531). Raises Undelivered where it is not known."""
    if not smtp.has_extn("smtputf8"):
        raise Undelivered("the mail server takes no address that is not in ASCII letters", for_good=True)
    return ("SMTPUTF8", "BODY=8BITMIME")


def _hand_over(smtp: smtplib.SMTP, message: bytes) -> None:
    """What breaks from here on leaves open whether it arrived, but for an answer."""
    if smtp.sock:
        smtp.sock.settimeout(LAST_DOT)
    try:
        answer = smtp.data(message)
    except smtplib.SMTPDataError as refusal:
        answer = (refusal.smtp_code, _bytes(refusal.smtp_error))
    _expect(answer, "the letter")


def _expect(answer: tuple[int, bytes], what: str) -> None:
    """Raises Undelivered unless the server has taken it."""
    code, said = answer
    if not 200 <= code < 300:
        problem = f"{what} was refused: {code} {said.decode(errors='replace')}"
        raise Undelivered(problem, for_good=code >= 500, nothing_arrived=True)


def _hang_up(smtp: smtplib.SMTP) -> None:
    """From beside: whoever waits for an answer sees the connection end."""
    with suppress(OSError):
        if smtp.sock:
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)


def _in_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_bytes(error.smtp_error).decode(errors='replace')}"
    return str(error) or type(error).__name__


def _bytes(said: bytes | str) -> bytes:
    return said.encode() if isinstance(said, str) else said
