"""The server is told to stop."""

import signal
import time
from collections.abc import Callable

from tests.running import RunningShop

# At rest nothing is waited for; two busy cores need this much to end two processes.
PROMPTLY = 5.0


def test_a_shop_at_rest_stops_promptly(new_shop: Callable[..., RunningShop]) -> None:
    shop = new_shop()
    shop.start()
    begun = time.monotonic()
    assert shop.stop() == 0
    assert time.monotonic() - begun < PROMPTLY
    assert shop.port_is_free()


def test_two_signals_at_once_stop_it_as_one_does(new_shop: Callable[..., RunningShop]) -> None:
    shop = new_shop()
    shop.start()
    assert shop.stop(signal.SIGINT, signal.SIGTERM) == 0
    assert shop.port_is_free()
    assert not [line for line in shop.log_lines() if "Traceback" in line]
