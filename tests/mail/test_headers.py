"""Headers that mails have in common are made once; a mail is to the letter what Python's own way makes of it."""

from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

import pytest

from smartcart.mail import headers


def mail(policy: "EmailPolicy[Any]", to: str, sender: str = "Pots & Pans <shop@shop.example>") -> bytes:
    made = EmailMessage(policy=policy)
    made["From"] = sender
    made["To"] = to
    made["Subject"] = f"Order SC-1 of {to}: it is paid, and all that belongs to it is on its way to you — Grüße"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"Dear {to}, naïve café", cte="base64" if "b" in to else None)
    made.add_alternative(f"<p>Dear {to}</p>", subtype="html")
    made.add_attachment("The terms of a shop", filename=f"Terms of {to[0]}.txt")
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"{to[0]}{number}")
    return made.as_bytes()


@pytest.mark.parametrize("utf8", [False, True])
def test_a_mail_is_as_python_makes_it_however_many_went_before(utf8: bool) -> None:
    own = EmailPolicy(linesep="\r\n", utf8=utf8)
    for to in ("ada@example.org", "bob@example.org", "grace@example.org") * 2:
        assert mail(headers.policy(utf8), to) == mail(own, to)


def test_a_shop_that_has_another_name_says_so() -> None:
    for sender in ("Pots <shop@shop.example>", "Büro für Töpfe <shop@shop.example>", "Pots <shop@shop.example>"):
        ours = mail(headers.policy(utf8=False), "ada@example.org", sender)
        assert ours == mail(EmailPolicy(linesep="\r\n"), "ada@example.org", sender)


def test_nothing_of_who_gets_a_mail_is_kept() -> None:
    mail(headers.policy(utf8=False), "ada@example.org")
    before = headers._in_common.cache_info().currsize, headers._folded.cache_info().currsize
    first = headers._in_common.cache_info().misses
    mail(headers.policy(utf8=False), "alan@example.org")
    assert (headers._in_common.cache_info().currsize, headers._folded.cache_info().currsize) == before
    assert headers._in_common.cache_info().misses == first
