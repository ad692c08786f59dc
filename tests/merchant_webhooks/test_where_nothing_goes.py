"""Nothing is sent to this machine or the networks around it, whatever name leads there, unless a person allows it; and
nowhere for long."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest
import trustme

from smartcart.merchant_webhooks import sending
from smartcart.merchant_webhooks.sending import NoAnswer
from smartcart.rules.proxies import networks
from tests.merchant_webhooks.receiver import Receiver

HERE = networks("127.0.0.0/8")


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Any name, when it is looked up."""

    def found(_: str, port: int, *__: object, **___: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0x0"])
def test_a_name_of_this_machine_is_refused_once_it_was_looked_up(receiver: Receiver, name: str) -> None:
    with pytest.raises(NoAnswer, match="not sent: "):
        sending.post(f"https://{name}:{receiver.port}/", {}, b"{}", ())
    assert receiver.got == []


def test_one_private_address_among_public_ones_is_enough(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "93.184.215.14", "127.0.0.1")
    with pytest.raises(NoAnswer, match=r"not sent: 127\.0\.0\.1 is not an address of the internet"):
        sending.post(f"https://example.com:{receiver.port}/", {}, b"{}", ())


def test_what_was_checked_is_what_is_connected_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere when it is looked up once more is not looked up once more."""
    asked: list[object] = []
    ask = socket.getaddrinfo

    def count(host: str, *args: object, **more: object) -> object:
        asked.append(host)
        return ask("127.0.0.1" if host == "shop.example" else host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", count)
    answer = sending.post(f"http://shop.example:{receiver.port}/", {}, b"{}", HERE)
    assert answer.status == 200
    assert asked.count("shop.example") == 1
    assert receiver.got[0].headers["Host"] == f"shop.example:{receiver.port}"


def test_unencrypted_only_to_networks_that_were_named(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "93.184.215.14")
    with pytest.raises(NoAnswer, match="must begin with https"):
        sending.post("http://example.com/", {}, b"{}", HERE)


@pytest.mark.parametrize(("name", "is_right"), [("shop.example", True), ("other.example", False)])
def test_the_certificate_is_of_the_name_and_not_of_the_address(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str, is_right: bool
) -> None:
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("shop.example").configure_cert(server)
    receiver.encrypt(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    monkeypatch.setattr(sending, "_tls", lambda: client)
    leads_to(monkeypatch, "127.0.0.1")
    if is_right:
        assert sending.post(f"https://{name}:{receiver.port}/", {}, b"{}", HERE).status == 200
    else:
        with pytest.raises(NoAnswer, match="certificate"):
            sending.post(f"https://{name}:{receiver.port}/", {}, b"{}", HERE)
    assert bool(receiver.got) is is_right


def test_who_sends_a_byte_now_and_then_is_left_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE", 0.5)
    over = Event()

    def trickle() -> None:
        connection, _ = server.accept()
        with suppress(OSError), connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = Thread(target=trickle, daemon=True)
        sender.start()
        with pytest.raises(NoAnswer, match="no answer within"):
            sending.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}", HERE)
        over.set()
        sender.join()
