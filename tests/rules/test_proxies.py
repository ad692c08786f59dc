"""Whose request it is that proxies have handed on."""

from time import process_time

import pytest

from smartcart.rules.proxies import Origin, counted_as, is_private, networks, origin, plain

OURS = networks("127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48")
PROXY, OTHER_PROXY = "127.0.0.1", "10.1.2.3"
SHOPPER = "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        (SHOPPER, {}, Origin(SHOPPER)),
        (
            PROXY,
            {"x-forwarded-for": SHOPPER, "x-forwarded-proto": "https", "x-forwarded-host": "shop.example"},
            Origin(SHOPPER, "https", "shop.example"),
        ),
        (
            PROXY,
            {"forwarded": f'for={SHOPPER};proto=https;host="shop.example:8443"'},
            Origin(SHOPPER, "https", "shop.example:8443"),
        ),
        # Two, one behind the other; the outer one saw the shopper.
        (
            PROXY,
            {"x-forwarded-for": f"{SHOPPER}, {OTHER_PROXY}", "x-forwarded-proto": "https, http"},
            Origin(SHOPPER, "https"),
        ),
        (
            PROXY,
            {"forwarded": f"for={SHOPPER};proto=https;host=shop.example, for={OTHER_PROXY};proto=http"},
            Origin(SHOPPER, "https", "shop.example"),
        ),
        # The inner one hands on the outer one's word on the scheme as it is.
        (
            PROXY,
            {"x-forwarded-for": f"{SHOPPER}, {OTHER_PROXY}", "x-forwarded-proto": "https"},
            Origin(SHOPPER, "https"),
        ),
        # One that says the scheme alone.
        (PROXY, {"x-forwarded-proto": "https"}, Origin(PROXY, "https")),
        # IPv6, with a port as RFC 7239 §6 has it; and IPv4 that came over IPv6.
        (PROXY, {"forwarded": 'For="[2001:DB8:cafe::17]:4711"'}, Origin("2001:db8:cafe::17")),
        ("2001:db8:ffff::1", {"x-forwarded-for": "2001:db8:cafe::17"}, Origin("2001:db8:cafe::17")),
        ("::ffff:127.0.0.1", {"x-forwarded-for": "::ffff:198.51.100.7"}, Origin(SHOPPER)),
        (PROXY, {"x-forwarded-for": f"{SHOPPER}:4711"}, Origin(SHOPPER)),
        # All of them ours: who is furthest away asks.
        (PROXY, {"x-forwarded-for": f"10.9.9.9, {OTHER_PROXY}"}, Origin("10.9.9.9")),
    ],
)
def test_the_origin_comes_right_behind_trusted_proxies(peer: str, headers: dict[str, str], found: Origin) -> None:
    assert origin(peer, headers, OURS) == found


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        # From elsewhere nothing is believed.
        (SHOPPER, {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}, Origin(SHOPPER)),
        (SHOPPER, {"forwarded": "for=203.0.113.9;host=evil.example"}, Origin(SHOPPER)),
        # What a shopper wrote stands left of what our proxy wrote.
        (
            PROXY,
            {"x-forwarded-for": f"203.0.113.9, {SHOPPER}", "x-forwarded-proto": "http, https"},
            Origin(SHOPPER, "https"),
        ),
        (PROXY, {"forwarded": f"for=203.0.113.9;host=evil.example, for={SHOPPER}"}, Origin(SHOPPER)),
        (PROXY, {"x-forwarded-for": f"{OTHER_PROXY}, {SHOPPER}"}, Origin(SHOPPER)),
        # A quote that a shopper did not close takes nothing in that our proxy wrote.
        (PROXY, {"forwarded": f'for="203.0.113.9, for={SHOPPER}'}, Origin(SHOPPER)),
        (PROXY, {"forwarded": 'for="203.0.113.9, for="[2001:db8::1]"'}, Origin(PROXY)),
        # A proxy that writes X-Forwarded-For lets a Forwarded pass that anybody may have sent.
        (PROXY, {"x-forwarded-for": SHOPPER, "forwarded": "for=203.0.113.9;proto=https"}, Origin(SHOPPER)),
        # Hidden or no address: what is known is the proxy.
        (PROXY, {"forwarded": "for=_hidden;proto=https"}, Origin(PROXY, "https")),
        (PROXY, {"x-forwarded-for": "unknown"}, Origin(PROXY)),
        (PROXY, {"x-forwarded-for": f"{SHOPPER}, junk"}, Origin(PROXY)),
        (PROXY, {"x-forwarded-for": " , ,"}, Origin(PROXY)),
        (
            PROXY,
            {"x-forwarded-for": SHOPPER, "x-forwarded-proto": "gopher", "x-forwarded-host": "a b"},
            Origin(SHOPPER),
        ),
        ("", {"x-forwarded-for": SHOPPER}, Origin("")),
    ],
)
def test_what_others_write_is_not_believed(peer: str, headers: dict[str, str], found: Origin) -> None:
    assert origin(peer, headers, OURS) == found


def test_ipv6_is_counted_by_the_network_of_one_caller() -> None:
    assert counted_as("2001:db8:cafe:1:2::17") == counted_as("2001:db8:cafe:1:ffff::1") == "2001:db8:cafe:1::/64"
    assert counted_as("2001:db8:cafe:2::1") != counted_as("2001:db8:cafe:1::1")
    assert counted_as(SHOPPER) == SHOPPER
    assert counted_as("no address") == plain("no address") == "no address"


def test_addresses_of_one_s_own_network_are_private() -> None:
    assert all(is_private(address) for address in ("127.0.0.1", "10.0.0.2", "172.17.0.1", "::1", "fd00::1", "fe80::1"))
    assert not any(is_private(address) for address in ("8.8.8.8", "2600::1", "no address", ""))


@pytest.mark.parametrize("wrong", ["10.0.0.0/33", "proxy.example", "10.0.0.1/8", "*"])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"address|network|host bits"):
        networks(f"127.0.0.1,{wrong}")


@pytest.mark.parametrize("rubbish", ["a" * 16_000, "a=" * 8_000, 'a="' * 5_000, " " * 16_000])
def test_rubbish_is_read_in_no_time(rubbish: str) -> None:
    began = process_time()
    assert origin("10.0.0.1", {"forwarded": rubbish}, networks("10.0.0.0/8")).address == "10.0.0.1"
    assert process_time() - began < 0.5
