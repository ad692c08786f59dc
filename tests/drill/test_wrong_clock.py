"""The drilled shop's clock may be off, and the sandbox's is right."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import time
from smartcart.drill.wrong_clock import set_clock

right = time.time()
set_clock()
from smartcart import clock
from smartcart.gateways.sandbox.gateway import Sandbox

gateway = Sandbox.__init__.__defaults__[0]
print(clock.now().timestamp() - right, time.time() - right, gateway() - right)
"""


@pytest.mark.parametrize("ahead", [1800, -1800, 0])
def test_the_shop_goes_by_the_clock_that_the_drill_has_set_and_the_gateway_by_the_right_one(ahead: int) -> None:
    environment = {**os.environ, "DRILL_CLOCK_AHEAD": str(ahead)}
    told = subprocess.check_output([sys.executable, "-c", SCRIPT], env=environment, text=True)
    in_the_shop, of_stamps, at_the_gateway = map(float, told.split())
    assert in_the_shop == pytest.approx(ahead, abs=60)
    assert of_stamps == pytest.approx(ahead, abs=60)
    assert at_the_gateway == pytest.approx(0, abs=60)
