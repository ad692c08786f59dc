"""Mail scanners open every link of every letter before anybody reads it: nothing is changed, and nothing begun."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape

import pytest
from flask import Flask

from smartcart.database.session import db
from smartcart.payments.flow import reconciler
from tests.mail.every_letter import TRACKING_LINK, write_every_letter
from tests.payments.opened import BASE_URL
from tests.support.databases import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("keeping_shop")]

LINK = re.compile(r"""https?://[^\s"'<>]+""")
# When the gateway is asked next: who opens a link may have that be at once.
MAY_MOVE = {"due_at"}


def test_a_scanner_that_opens_every_link_twice_changes_nothing(keeping_shop: Flask) -> None:
    addresses = {address for mail in write_every_letter().values() for address in links(mail)}
    assert addresses
    addresses.remove(TRACKING_LINK)  # the carrier's own
    reconciler.sweep()  # whose time is over by now ends by that, and not by being looked at
    before = books()
    for address in sorted(addresses):
        assert address.startswith(f"{BASE_URL}/"), "a letter leads out of the shop"
        for method in ("GET", "HEAD") * 2:
            answer = keeping_shop.test_client().open(address.removeprefix(BASE_URL), method=method)
            assert answer.status_code in (200, 302, 303), (method, address)
        assert books() == before, address


def links(mail: bytes) -> Iterator[str]:
    """All that a scanner finds in the headers, the text and the HTML of a mail."""
    message = message_from_bytes(mail, policy=policy.default)
    for part in message.walk():
        said = " ".join(message.values()) if part.is_multipart() else part.get_content()
        yield from (unescape(found) for found in LINK.findall(said))


def books() -> dict[str, list[str]]:
    """Every row of the shop's, but for what may move."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(
                str([value for column, value in row._mapping.items() if column not in MAY_MOVE])
                for row in connection.execute(table.select())
            )
            for table in db.metadata.sorted_tables
        }
