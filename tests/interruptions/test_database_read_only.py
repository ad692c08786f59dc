"""The database can only be read: the truth is shown, and nothing is begun until it can be written again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.interruptions import obedient_shop
from tests.interruptions.faulty import (
    SETTLED_WITHIN,
    assert_honest,
    assert_honest_to_programs,
    assert_log_is_calm,
    end_connections,
    has_reached_the_gateway,
    open_shop,
)
from tests.interruptions.truth import attempts, charged, states_passed
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.waiting import wait_for


class ObedientShop(RunningShop):
    """Heeds the modes of its files, whoever runs it."""

    def program(self) -> list[str]:
        return [obedient_shop.__name__]


@contextmanager
def file_is_read_only(shop: RunningShop) -> Iterator[None]:
    """As after a restore that went wrong. Who has the file open may go on writing, so the shop comes back to it."""
    file = Path(shop.database.removeprefix("sqlite:///"))
    shop.kill()
    file.chmod(0o444)
    shop.start()
    try:
        yield
    finally:
        file.chmod(0o644)


@contextmanager
def server_is_read_only(server: PostgreSQL, shop: RunningShop) -> Iterator[None]:
    """As before a move to another machine."""
    name = shop.database.rpartition("/")[2]
    server.execute(f"alter database {name} set default_transaction_read_only = on")
    end_connections(server, name)
    try:
        yield
    finally:
        server.execute(f"alter database {name} reset default_transaction_read_only")


Broken = tuple[RunningShop, Callable[[RunningShop], AbstractContextManager[None]]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    folder = tmp_path_factory.mktemp("read-only")
    if request.param == "sqlite":
        shop, read_only = ObedientShop(folder), file_is_read_only
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        shop, read_only = ObedientShop(folder, server.create("read_only")), partial(server_is_read_only, server)
    with open_shop(shop) as shop:
        yield shop, read_only


def test_the_truth_is_shown_and_nothing_is_begun_until_it_can_be_written(broken: Broken) -> None:
    shop, read_only = broken
    visitor = shop.visitor()
    under_way, about_to_begin = visitor.order(), visitor.order()
    visitor.pay(under_way, "sandbox_timeout_charged")
    wait_for(lambda: has_reached_the_gateway(shop, under_way))
    with read_only(shop):
        assert visitor.status(under_way).money in ("checking", "taken")  # it may have been quicker
        assert_honest(visitor.pay(about_to_begin))
        assert_honest_to_programs(visitor.call(f"/session/{about_to_begin}/pay", method="sandbox_approve"))
        assert_honest_to_programs(visitor.call(f"/session/{about_to_begin}/cancel"))
        assert visitor.status(about_to_begin).money == "not_taken"
        assert (attempts(shop, about_to_begin), charged(shop, about_to_begin)) == ([], 0)

    visitor.wait_until(under_way, "completed", limit=SETTLED_WITHIN)
    assert charged(shop, under_way) == 1
    assert states_passed(shop, under_way) == ["created", "processing", "checking", "completed"]
    assert visitor.pay(about_to_begin).status == 303
    visitor.wait_until(about_to_begin, "completed")
    assert_log_is_calm(shop)
