"""Where webhooks may go, and when they are tried again."""

import pytest

from smartcart.rules import merchant_webhooks as rules
from smartcart.rules.proxies import networks

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  # of no use to bind to here
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.1.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_may_be_sent_to_encrypted(address: str) -> None:
    assert rules.refusal_of_address(address, "https", ()) == ""
    assert rules.refusal_of_address(address, "http", ()) == "it must begin with https://"


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_may(address: str) -> None:
    assert "not an address of the internet" in rules.refusal_of_address(address, "https", ())
    assert "not an address of the internet" in rules.refusal_of_address(address, "https", networks("192.0.3.0/24"))


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_unless_a_person_has_named_its_network(address: str) -> None:
    assert rules.refusal_of_address(address, "http", networks("10.1.0.0/16")) == ""


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://example.com/webhooks?of=shop", ""),
        ("https://example.com:8443", ""),
        ("https://10.0.0.1/", "10.0.0.1 is not an address of the internet"),
        ("https://[::1]/", "::1 is not an address of the internet"),
        ("http://example.com/", "it must begin with https://"),
        ("https://ada:secret@example.com/", "it must hold no name, password or fragment"),
        ("https://example.com/#part", "it must hold no name, password or fragment"),
        ("ftp://example.com/", "it must be an address, such as https://example.com/webhooks"),
        ("https://", "it must be an address, such as https://example.com/webhooks"),
        ("https://example.com:99999/", "it must be an address, such as https://example.com/webhooks"),
        ("https://[::1/", "it must be an address, such as https://example.com/webhooks"),
        ("https://exam ple.com/", "it must be an address of at most 500 letters of ASCII, without spaces"),
        ("https://example.com/\n", "it must be an address of at most 500 letters of ASCII, without spaces"),
        ("https://bücher.example/", "it must be an address of at most 500 letters of ASCII, without spaces"),
        ("https://example.com/" + "a" * 500, "it must be an address of at most 500 letters of ASCII, without spaces"),
    ],
)
def test_an_address_is_refused_in_words(url: str, refusal: str) -> None:
    assert rules.refusal_of_url(url, ()) == refusal


def test_unencrypted_only_where_networks_were_named() -> None:
    assert rules.refusal_of_url("http://till.example/", networks("10.0.0.0/8")) == ""


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    waits = [wait for tries in range(1, 10) if (wait := rules.wait_after(tries)) is not None]
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert rules.wait_after(10) is None
