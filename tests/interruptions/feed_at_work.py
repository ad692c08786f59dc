"""Processes that write a merchant's events, or number them, until they are killed. Run by tests, with `write` or
`number`."""

import sys
import time
from dataclasses import replace
from uuid import uuid4

from smartcart import create_app
from smartcart.payments.core import merchant_feed, record
from smartcart.rules.payment_states import Move
from tests.payments.opened import MERCHANT, open_for_merchant


def main() -> None:
    work = {"write": write, "number": number}[sys.argv[1]]
    with create_app().app_context():
        while True:
            work()


def write() -> None:
    """Two events of a session, one after the other, in transactions of their own."""
    session = open_for_merchant(replace(MERCHANT, order_reference=str(uuid4())))
    record.end(session, Move.CANCEL, "merchant")


def number() -> None:
    if not merchant_feed.give_numbers():
        time.sleep(0.01)  # otherwise it would keep writers from the processor
