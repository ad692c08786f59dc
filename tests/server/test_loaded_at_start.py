"""A shop that serves has loaded nothing that only some shops use, or only some of their moments."""

import subprocess
import sys

LOADED = """
import sys
from smartcart import create_app
from smartcart.commands import serve
print(*sys.modules)
"""
# PostgreSQL's own, what changes tables, Stripe's library, what reads pictures, and what tells figures to Prometheus.
LATER = ("sqlalchemy.dialects.postgresql", "psycopg", "alembic", "stripe", "PIL", "prometheus_client")


def test_what_only_some_shops_need_is_loaded_by_those_alone() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60)
    assert "sqlalchemy.dialects.sqlite" in found.stdout.split()
    assert [name for name in found.stdout.split() if name.startswith(LATER)] == []
