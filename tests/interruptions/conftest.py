"""Shops in processes of their own, with short times. When their tests are over, their books must be in order."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.databases import Databases
from tests.support.running import RunningShop
from tests.support.visitor import Visitor


@pytest.fixture(scope="module")
def new_shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., RunningShop]]:
    """Makes shops to start, with other settings than the usual short ones if given; they end with the file's tests."""
    shops: list[RunningShop] = []

    def make(kind: type[RunningShop] = RunningShop, **settings: object) -> RunningShop:
        shops.append(kind(tmp_path_factory.mktemp("shop"), databases.create(prepared_database), **settings))
        return shops[-1]

    yield make
    for shop in shops:
        if shop.is_running:
            shop.process.terminate()  # so that all come to their end at the same time
    for shop in shops:
        _close(shop)


@pytest.fixture(scope="session")
def shared_shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """One for all interruptions that it survives running."""
    shop = RunningShop(tmp_path_factory.mktemp("shop"), databases.create(prepared_database), payment_timeout=0.5)
    shop.start()
    yield shop
    _close(shop)


@pytest.fixture
def visitor(shared_shop: RunningShop) -> Visitor:
    """Somebody at the shared shop."""
    return shared_shop.visitor()


def _close(shop: RunningShop) -> None:
    shop.stop()
    assert shop.audit() == []
