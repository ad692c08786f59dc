"""What the payments of many shoppers need."""

import pytest
from flask import Flask

from tests.support.shopper import product


@pytest.fixture
def enough_of_everything(scripted_shop: Flask) -> None:
    product(stock=1000)
