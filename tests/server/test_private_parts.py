"""What the shop uses of its libraries though nobody promised it: named here, so that a new version is not a riddle.

pyproject.toml keeps each below the version after the one that was read. Whoever raises a bound reads these first.
"""

import inspect
import socket
from collections.abc import Iterator

import pytest
from flask_limiter import Limiter
from granian._granian import ASGIWorker, CallbackScheduler
from granian._signals import set_sync_signals
from granian.server.mp import MPServer
from sqlalchemy import Connection

from smartcart.server.listener import listening_at
from smartcart.server.serve import OPTIONS, _Server
from tests.support.running import free_port

# What smartcart/server/granian_worker.py takes by position after the loop, in granian's own order.
HANDED_OVER = (
    "runtime_mode",
    "runtime_threads",
    "runtime_blocking_threads",
    "blocking_threads",
    "blocking_threads_idle_timeout",
    "backpressure",
    "task_impl",
    "http_mode",
    "http1_settings",
    "http2_settings",
    "websockets",
    "static_path",
    "log_access_fmt",
    "ssl_ctx",
    "scope_opts",
    "metrics",
)
# And hands on by position to the worker: granian's scheduler calls `_schedule_fn` with each request.
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


def test_granian_hands_a_worker_its_options_in_the_order_in_which_they_are_read() -> None:
    names = tuple(inspect.signature(MPServer._spawn_asgi_worker).parameters)
    assert names[:5] == ("worker_id", "callback", "sock", "ipc", "loop")
    assert names[5:] == HANDED_OVER


def test_granians_worker_and_scheduler_take_what_they_are_given() -> None:
    assert ASGIWorker.__text_signature__ == WORKER
    assert CallbackScheduler.__text_signature__ == "(event_loop, cb, aio_task, aio_tenter, aio_texit)"
    assert hasattr(CallbackScheduler, "_schedule_fn")
    assert hasattr(ASGIWorker, "serve_mtr")
    assert callable(set_sync_signals)


def test_granian_serves_at_the_socket_that_it_is_given(listener: socket.socket) -> None:
    server = _Server(listener, **OPTIONS)
    server._init_shared_socket()
    worker = server._spawn_worker(0, print, print)
    (_, holder), handed_over = worker.inner._args[3]
    assert (holder.get_fd(), holder.is_uds(), handed_over) == (listener.fileno(), False, listener)


def test_sqlalchemy_takes_an_error_of_the_driver_as_its_own() -> None:
    takes = inspect.signature(Connection._handle_dbapi_exception).parameters
    assert tuple(takes)[:6] == ("self", "e", "statement", "parameters", "cursor", "context")


def test_flask_limiter_looks_for_limits_where_it_is_told_not_to() -> None:
    parameters = inspect.signature(Limiter._check_request_limit).parameters
    assert list(parameters) == ["self", "callable_name", "in_middleware"]
    assert parameters["in_middleware"].default is True
