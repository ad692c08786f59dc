"""How tests go to those that run them side by side: by file and database, those of the long rooms first.

pytest-xdist's own groups (`--dist loadgroup`, 3.8.0) write their name into a private field of a test that pytest 9.2
reads no more: every test went by itself, and what the tests of a file share was made anew by each that ran one of them.
"""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling, Scheduling

TESTS = Path(__file__).parents[1]
# A file of these takes up to a minute. Begun last, it would leave its runner alone at the end.
LONG = [TESTS / room for room in ("drill", "interruptions", "browser", "packaging", "docs", "stripe")]


class ByFileAndDatabase(LoadScopeScheduling):
    """What the tests of a file share is made once on each database."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file} on PostgreSQL" if "postgresql" in test.partition("[")[2] else file


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within the databases' order, which pytest has made: to come back to one makes what is shared on it anew."""
    items.sort(key=_place)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return ByFileAndDatabase(config, log) if config.getvalue("dist") == "loadscope" else None


def _place(item: pytest.Item) -> tuple[bool, bool]:
    on_postgresql = "postgresql" in item.nodeid.partition("[")[2]
    return on_postgresql, not set(LONG) & set(item.path.parents)
