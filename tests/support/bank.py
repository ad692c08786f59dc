"""The sandbox's bank, as a test has it set a sum aside in a shop that runs."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from smartcart.gateways.sandbox.ledger import Ledger


def set_aside(ledger: Path, session: str) -> None:
    """The bank is confirmed to, and sets the sum aside: that it shall is written into the gateway's books while it
    asks."""
    with closing(sqlite3.connect(ledger, timeout=10, isolation_level=None)) as books:
        [reference] = books.execute("select reference from reference where session = ?", (session,)).fetchone()
        books.execute("update request set set_aside = 1 where reference = ?", (reference,))
    Ledger(ledger, time.time).answer_challenge(reference, 1, confirmed=True)
