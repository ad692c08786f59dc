"""Every kind of letter, as a mail program shows its HTML: for everybody, in the light, in the dark and on a phone."""

from email import message_from_bytes, policy

from flask import Flask
from playwright.sync_api import Page

from tests.browser.accessibility import PHONE, violations
from tests.mail.conftest import keeping_shop
from tests.mail.every_letter import write_every_letter

__all__ = ["keeping_shop"]


def test_everybody_can_read_it(page: Page, keeping_shop: Flask) -> None:
    of_each_kind = {kind: mail for (kind, _), mail in write_every_letter().items()}
    for kind, mail in of_each_kind.items():
        page.set_content(html_of(mail))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert violations(page) == [], (kind, scheme)
        page.set_viewport_size(PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"the letter ({kind}) scrolls sideways on a phone"


def html_of(mail: bytes) -> str:
    part = message_from_bytes(mail, policy=policy.default).get_body(("html",))
    assert part
    return str(part.get_content())
