"""`smartcart serve` listens at an address, or says in one line why it cannot."""

import socket
from collections.abc import Iterator

import pytest

from smartcart.server.listener import listening_at
from tests.commands.running import Command
from tests.support.ports import free_port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_one_line(run: Command, migrated: str, taken_port: int) -> None:
    done = run("serve", "--port", str(taken_port))
    assert (done.code, done.out) == (2, "")
    assert done.err == f"Nothing can be served at 127.0.0.1 port {taken_port}: Address already in use.\n"


def test_a_host_that_is_not_this_machine_is_one_line(run: Command, migrated: str) -> None:
    done = run("serve", "--host", "192.0.2.1")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "Nothing can be served at 192.0.2.1 port 8000" in done.err


def test_a_hosts_name_will_do_as_well_as_its_number() -> None:
    listener = listening_at("localhost", free_port())
    with listener.socket:
        assert listener.address.startswith("127.0.0.1:")
