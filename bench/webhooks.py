"""How long it takes until a merchant's own system is told, while 50 others hang: the same as without them.

A shop runs with its jobs. Sessions of a merchant are opened in this process on the same database, and a receiver here
takes what is sent. The 50 take a connection and never answer, and each has something due all the while.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from statistics import quantiles

from bench.feed import MERCHANT, order_of
from bench.figures import Figure
from bench.rig import DATABASES, SMARTCART, Rig
from smartcart.database.session import db
from smartcart.merchant_webhooks import endpoints
from smartcart.payments.flow import opening
from smartcart.rules.proxies import networks
from tests.merchant_webhooks.receiver import Receiver
from tests.support.ports import free_port
from tests.support.waiting import wait_for

HERE = "127.0.0.0/8"
# So many, and so long between one and the next, in seconds: 18,000 an hour. One receiver is told one at a time, so at
# more than it takes they would wait for each other, and not for the dead.
EVENTS, PAUSE = 100, 0.2
DEAD = 50
# The aim is that nobody waits for others' systems.
AT_MOST = 1.5


def figures(rig: Rig) -> Iterator[Figure]:
    """The 95th percentile beside the dead ones, by that without them."""
    for database in DATABASES:
        url = rig.database(database)
        port = free_port()
        rig.serve([SMARTCART, "serve", "--port", port], port, **rig.environment(url, webhook_networks=HERE))
        alone, beside_the_dead = _measured(rig, url)
        yield Figure(
            f"an event, until a merchant's system is told, beside {DEAD} that hang (p95)",
            database,
            beside_the_dead / alone,
            f"{beside_the_dead:.2f} s",
            f"{alone:.2f} s without them",
            at_most=AT_MOST,
        )


def _measured(rig: Rig, url: str) -> tuple[float, float]:
    """Both percentiles, in seconds."""
    receiver, numbers = Receiver(), count(1)
    with ExitStack() as stack:
        stack.callback(receiver.stop)
        stack.enter_context(rig.app(url).app_context())
        stack.callback(db.engine.dispose)
        stack.callback(db.session.remove)
        endpoints.create(MERCHANT, receiver.url, (), is_thin=False, allowed=networks(HERE))
        _delays(receiver, numbers, 1)  # by its first answer it is known to be well
        alone = _delays(receiver, numbers, EVENTS)
        _add_dead(stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=DEAD * 10)), numbers)
        return _p95(alone), _p95(_delays(receiver, numbers, EVENTS))


def _add_dead(hanging: socket.socket, numbers: Iterator[int]) -> None:
    """The system takes connections for it, and nobody ever reads what is sent."""
    for number in range(DEAD):
        merchant = f"dead {number}"
        address = f"http://127.0.0.1:{hanging.getsockname()[1]}/{number}"
        endpoints.create(merchant, address, (), is_thin=False, allowed=networks(HERE))
        opening.open_for_merchant(order_of(merchant, next(numbers)), merchant)


def _delays(receiver: Receiver, numbers: Iterator[int], events: int) -> list[float]:
    """Of so many events how many seconds each took."""
    committed: dict[str, float] = {}
    before = len(receiver.got)
    for _ in range(events):
        session, _ = opening.open_for_merchant(order_of(MERCHANT, next(numbers)), MERCHANT)
        committed[session] = time.monotonic()
        time.sleep(PAUSE)
    wait_for(lambda: len(receiver.got) >= before + events, limit=60.0)
    told = {json.loads(got.body)["data"]["session"]["id"]: got.at for got in receiver.got[before:]}
    return [told[session] - at for session, at in committed.items()]


def _p95(delays: list[float]) -> float:
    return quantiles(delays, n=20)[-1]
