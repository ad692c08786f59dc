"""granian's worker in this process, whose threads hand each request to `wsgi_bridge.Reception`.

granian's own worker for ASGI calls the event loop with each request, from one thread. Here there are as many threads as
in its worker for WSGI, and they stay with the request. Its supervisor, a process of its own, is left out: it would load
the shop a second time, and for one worker it has nothing to do but to end when that ends. The parts are granian's, put
together as in granian.server.mp; nobody promised them, so pyproject.toml has a bound and
tests/server/test_private_parts.py says what is relied upon. Why granian's worker for WSGI does not do:
docs/decisions/0024-granian-by-its-parts.md.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from granian._granian import ASGIWorker, CallbackScheduler, SocketHolder, WorkerSignal
from granian.log import LogLevels, configure_logging

from smartcart.server.listener import BACKLOG
from smartcart.server.wsgi_bridge import Reception

# Views wait for the database at most; eight threads keep two cores busy, and more only wait for each other.
REQUEST_THREADS = 8
# As many may be open at once, for some kilobytes each: phones that have lost their network in mid-press, who reads
# slowly and who says nothing keep nobody else from coming in.
MOST_CONNECTIONS = 16_384


class GranianWorker:
    """Serves at a listening socket, of which it has a copy of its own: granian closes it when it likes."""

    def __init__(self, listening: socket.socket) -> None:
        new_holder: Any = SocketHolder  # whose stub does not know how to make one
        self._holder = new_holder(listening.dup().detach(), uds=False, backlog=BACKLOG)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._told = WorkerSignal()
        self._told.add_cb(lambda: self._loop.call_soon_threadsafe(self._over.set))

    def serve(self, reception_on: Callable[[asyncio.AbstractEventLoop], Reception]) -> None:
        """Returns when it was told to stop, and whoever had come in has an answer."""
        configure_logging(LogLevels.error)
        new_worker: Any = ASGIWorker  # whose stub does not know all that it takes
        worker = new_worker(
            worker_id=1,
            sock=(None, self._holder),
            ipc=None,
            py_threads=REQUEST_THREADS,
            backpressure=MOST_CONNECTIONS,
            http_mode="1",
            metrics=(None, None),
        )
        new_scheduler: Any = CallbackScheduler
        scheduler = new_scheduler(self._loop, None, None, None, None)
        scheduler._schedule_fn = reception_on(self._loop)  # noqa: SLF001  # where granian has it
        worker.serve_mtr(scheduler, self._loop, self._told)
        self._loop.run_until_complete(self._over.wait())

    def stop(self) -> None:
        """Accept nobody any more, and answer whoever was accepted."""
        self._told.set()
