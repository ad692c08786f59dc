"""Owner's drills, started by a test as the shop starts them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smartcart.database import scratch
from smartcart.rules.drills import Timing
from tests.support.postgresql import PostgreSQL

# Two cores may be busy with other tests; on idle ones it takes 8 s, and 3 until the shop is there.
LIMIT = 200.0
TIMING = Timing(1.0, 3, 0.2, 30, 2.0, 0.3)
SENT = {"slug": "teapot", "name": "Teapot", "price": 5200, "currency": "EUR", "is_sent": True, "tax_rate": 1900}
TO_GERMANY = {"currency": "EUR", "country": "DE", "price": 490}


class Drill:
    """One that was started with an environment that says nothing but where files go; at Stripe if it has `keys`, and
    in a `database` if one was made for it."""

    def __init__(self, folder: Path, *scenarios: str, keys: dict[str, str] | None = None, database: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smartcart.drill.on_copy"],
            env={"TMPDIR": str(folder), "PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        order = {"scenarios": scenarios, "currency": "EUR", "timing": asdict(TIMING), "stripe": keys}
        order |= {"database": database}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({**order, "products": [SENT], "shipping": [TO_GERMANY]}) + "\n")
        self.process.stdin.flush()

    def said(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        return map(json.loads, self.process.stdout)

    def end(self) -> int:
        """Let go of it, as the system does for a shop that was killed."""
        self.process.communicate(timeout=LIMIT)
        return self.process.returncode


def databases_of_drills(server: PostgreSQL) -> set[str]:
    """The names of those that are at the server at this moment."""
    return {name for (name,) in server.rows("select datname from pg_database") if scratch.NAME.fullmatch(name)}
