"""A letter as a mail: text and HTML, with what its headers have to say.

The same letter, made for the same row at the same moment, is the same bytes: so it is seen whether the truth has
changed since one was sent that may have arrived.
"""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import css_inline
from flask import current_app

from smartcart.mail import headers, unsubscribed
from smartcart.mail.letter import Letter
from smartcart.moments import format_moment
from smartcart.outbox.models import Effect
from smartcart.payments.core.runtime import runtime
from smartcart.shop import identity

# Mail programs leave style sheets out, so each rule is written to its elements; those for dark mode and small screens
# can only stay where they are, for the programs that read them.
INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)

LONGEST_LINE = 76


def write(letter: Letter, effect: Effect, made_at: datetime) -> bytes:
    """The mail of a row's letter as it goes over the wire, with lines that end as SMTP has them."""
    sender = sender_of(letter)
    mail = EmailMessage(policy=headers.policy(utf8=not letter.to.isascii()))
    mail["From"] = formataddr((identity.of_shop()().name, sender))
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(made_at)
    mail["Message-ID"] = f"<{name_of(effect)}@{sender.rpartition('@')[2]}>"
    # Nobody's program answers it by itself: RFC 3834, section 5.
    mail["Auto-Submitted"] = "auto-generated"
    values = _values(letter, made_at)
    text = _rendered(f"{letter.template}.txt", values)
    if link := values["unsubscribe_url"]:
        _let_unsubscribe(mail, link)
        text += _rendered("_unsubscribe.txt", values)
    mail.set_content(text, cte=_encoding(text))
    mail.add_alternative(INLINER.inline(_rendered(f"{letter.template}.html", values)), subtype="html")
    for attachment in letter.attachments:
        mail.add_attachment(attachment.text, filename=attachment.name)
    _set_boundaries(mail, name_of(effect))
    return mail.as_bytes()


def name_of(effect: Effect) -> str:
    """What tells a row from all others, also from those of a shop that was restored and gives its number again."""
    return f"{effect.id}.{effect.written_at:%Y%m%d%H%M%S%f}"


def sender_of(letter: Letter) -> str:
    """Who sends: as the settings say, and in a letter that is only kept, nobody at the shop's own address."""
    return runtime().settings.mail_from or f"no-reply@{urlsplit(letter.base_url).hostname or 'localhost'}"


def _let_unsubscribe(mail: EmailMessage, link: str) -> None:
    """By a link (RFC 2369, section 3.2), and in one step where that is over HTTPS (RFC 8058, section 3.1)."""
    mail["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https:"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _set_boundaries(mail: EmailMessage, name: str) -> None:
    """Otherwise they are others each time. None begins as another does (RFC 2046, section 5.1.2)."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(sha256(f"{name} {number}".encode()).hexdigest()[:32])


def _values(letter: Letter, made_at: datetime) -> dict[str, Any]:
    as_of = format_moment(made_at, runtime().settings.time_zone)
    link = "" if letter.is_needed else unsubscribed.link(letter.to, letter.base_url)
    known = {"subject": letter.subject, "as_of": as_of, "base_url": letter.base_url, "unsubscribe_url": link}
    return {**letter.values, **known}


def _encoding(text: str) -> str | None:
    """Quoted-printable breaks lines of more than 76 characters (RFC 2045, section 6.7), and base64 no link at all."""
    has_long_link = any("://" in line and len(line) >= LONGEST_LINE for line in text.splitlines())
    return "base64" if has_long_link else None


def _rendered(template: str, values: dict[str, Any]) -> str:
    """Past what pages are given of the request: there is none."""
    return current_app.jinja_env.get_template(f"mail/{template}").render(values)
