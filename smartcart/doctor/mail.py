"""Mail: whether the mail server takes letters of this shop, and whether any were given up."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from smartcart import clock
from smartcart.config import Settings
from smartcart.doctor import Finding, ok, warning, wrong
from smartcart.mail import smtp
from smartcart.outbox.worker import Undelivered

SUBJECT = "mail"
SET_SERVER = "Set SMARTCART_SMTP_HOST and SMARTCART_MAIL_FROM; `smartcart config` lists the others."


def check(settings: Settings, to: str) -> Finding:
    """Whether the server can be reached, its certificate holds and it lets us in; with `to`, a test mail goes there."""
    server = smtp.server_of(settings)
    if server is None:
        found = f"No mail server is set: letters are kept, in the admin and in {settings.data / 'mail'}."
        return warning(SUBJECT, found, SET_SERVER)
    try:
        if to:
            smtp.deliver(server, settings.mail_from, to, lambda: _test_mail(settings, to))
        else:
            smtp.greet(server, settings.mail_from)
    except Undelivered as failure:
        return wrong(SUBJECT, f"Letters cannot be sent: {failure.problem}.", "Correct SMARTCART_SMTP_… or the server.")
    where = f"{server.address} ({server.security})"
    if to:
        return ok(SUBJECT, f"{where} has taken a test mail to {to}. Look whether it arrives, and is no spam there.")
    return ok(SUBJECT, f"{where} answers and lets the shop in. Try it with: smartcart doctor --mail-to ADDRESS")


def given_up(number: int) -> Finding:
    """Letters that are for a person."""
    if not number:
        return ok("letters", "None was given up.")
    found = f"{number} could not be sent."
    return warning("letters", found, "See why in the admin, under letters, and send them again there.")


def _test_mail(settings: Settings, to: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = to
    mail["Subject"] = f"Test mail of {settings.shop_name}"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{settings.shop_name} can send mail. Nothing else is meant by this one.\n")
    return mail.as_bytes()
