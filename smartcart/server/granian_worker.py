"""The worker process of granian, whose threads hand each request to `wsgi_bridge.Reception`.

granian's own worker for ASGI calls the event loop with each request, from one thread. Here there are as many threads as
in its worker for WSGI, and they stay with the request. The parts are granian's, put together as in granian.server.mp;
nobody promised them, so pyproject.toml has a bound and tests/server/test_private_parts.py says what is relied upon.
Why granian's worker for WSGI does not do: docs/decisions/0024-granian-by-its-parts.md.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from granian._granian import ASGIWorker, CallbackScheduler
from granian._signals import set_sync_signals
from granian.server.mp import WorkerProcess

from smartcart.server.wsgi_bridge import Reception


@WorkerProcess.wrap_target
def serve_in_worker(
    worker_id: int,
    reception_on: Callable[[asyncio.AbstractEventLoop], Reception],
    sock: Any,
    ipc: Any,
    loop: asyncio.AbstractEventLoop,
    *options: Any,
) -> None:
    """What granian starts in the new process, with all its options by position; returns when the shop is to end."""
    _, *sizes, _, http, http1, http2, websockets, files, _, tls, _, metrics = options
    stop = set_sync_signals()
    over = asyncio.Event()
    stop.add_cb(lambda: loop.call_soon_threadsafe(over.set))
    new_worker: Any = ASGIWorker  # whose stub does not know all that it takes
    worker = new_worker(worker_id, sock, ipc, *sizes, http, http1, http2, websockets, files, *tls, metrics)
    new_scheduler: Any = CallbackScheduler
    scheduler = new_scheduler(loop, None, None, None, None)
    scheduler._schedule_fn = reception_on(loop)  # noqa: SLF001  # where granian has it
    worker.serve_mtr(scheduler, loop, stop)
    loop.run_until_complete(over.wait())
