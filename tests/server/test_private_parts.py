"""What the shop uses of its libraries though nobody promised it: named here, so that a new version is not a riddle.

pyproject.toml keeps each below the version after the one that was read. Whoever raises a bound reads these first.
"""

import inspect
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from flask_limiter import Limiter
from granian._granian import ASGIWorker, CallbackScheduler, WorkerSignal
from sqlalchemy import Connection

from smartcart.server.granian_worker import GranianWorker
from smartcart.server.listener import listening_at
from tests.support.ports import free_port

# What smartcart/server/granian_worker.py gives by name, and leaves as it is: granian's scheduler calls `_schedule_fn`
# with each request.
WORKER = (
    "(worker_id, sock, ipc, threads=1, blocking_threads=512, py_threads=1, py_threads_idle_timeout=30, "
    'backpressure=256, http_mode="1", http1_opts=None, http2_opts=None, websockets_enabled=False, static_files=None, '
    'ssl_enabled=False, ssl_cert=None, ssl_key=None, ssl_key_password=None, ssl_protocol_min="1.3", ssl_ca=None, '
    "ssl_crl=..., ssl_client_verify=False, metrics=...)"
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listening_at("127.0.0.1", free_port()).socket as listener:
        yield listener


def test_granians_worker_and_scheduler_take_what_they_are_given() -> None:
    assert ASGIWorker.__text_signature__ == WORKER
    assert CallbackScheduler.__text_signature__ == "(event_loop, cb, aio_task, aio_tenter, aio_texit)"
    assert hasattr(CallbackScheduler, "_schedule_fn")
    assert hasattr(ASGIWorker, "serve_mtr")
    assert hasattr(WorkerSignal, "set")
    assert hasattr(WorkerSignal, "add_cb")


def test_granian_is_given_a_copy_of_the_socket_that_it_serves_at(listener: socket.socket) -> None:
    holder: Any = GranianWorker(listener)._holder
    with socket.socket(fileno=holder.get_fd()) as copy:
        assert (copy.getsockname(), holder.is_uds()) == (listener.getsockname(), False)
        assert copy.fileno() != listener.fileno()


def test_sqlalchemy_takes_an_error_of_the_driver_as_its_own() -> None:
    takes = inspect.signature(Connection._handle_dbapi_exception).parameters
    assert tuple(takes)[:6] == ("self", "e", "statement", "parameters", "cursor", "context")


def test_flask_limiter_looks_for_limits_where_it_is_told_not_to() -> None:
    parameters = inspect.signature(Limiter._check_request_limit).parameters
    assert list(parameters) == ["self", "callable_name", "in_middleware"]
    assert parameters["in_middleware"].default is True
