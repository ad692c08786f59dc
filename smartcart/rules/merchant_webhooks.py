"""Where merchants' systems may be told of events, how often that is tried, and when it is given up.

As Standard Webhooks recommends it, whose example of a schedule this is:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from smartcart.rules.proxies import Address, Network

# After each try that failed, in seconds: three days in all, so that what breaks on a Friday is mended in time.
_MINUTE, _HOUR = 60.0, 3600.0
WAITS = (5.0, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
LONGEST_WAIT = WAITS[-1]
# An endpoint to which nothing could be delivered for so long is switched off.
FAILING_FOR = timedelta(days=5)
# After `rotate` both secrets sign for so long: time to put the new one in place, by day.
OVERLAP = timedelta(hours=24)
# What takes longer than this to answer goes beside those that are slow, in seconds: a receiver is to store what it gets
# and answer, and whoever does the work first keeps us waiting.
SLOW = 2.0
LONGEST_URL = 500
GONE = 410
# RFC 6052, section 2.1: what a translator makes of an address of IPv4.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def wait_after(tries: int) -> float | None:
    """Seconds until it is tried again, after so many tries that failed; None when that was the last."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None


def fails_for_too_long(failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that has taken nothing since then is to be switched off."""
    return now - failing_since >= FAILING_FOR


def is_taken(status: int) -> bool:
    """Whether an answer says that the receiver has it. A redirect does not, and is not followed."""
    return 200 <= status < 300


def refusal_of_url(url: str, allowed: Sequence[Network]) -> str:
    """Why nothing is sent there, as the rest of a sentence; empty for an address to which something may be.

    Names are looked up when something is sent, and not now: what they lead to may change.
    """
    if not (url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL):
        return f"it must be an address of at most {LONGEST_URL} letters of ASCII, without spaces"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it must be an address, such as https://example.com/webhooks"
    if not host or parts.scheme not in ("https", "http"):
        return "it must be an address, such as https://example.com/webhooks"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "it must hold no name, password or fragment"
    if parts.scheme == "http" and not allowed:
        return "it must begin with https://"
    try:
        return refusal_of_address(host, parts.scheme, allowed)
    except ValueError:  # a name
        return ""


def refusal_of_address(address: str, scheme: str, allowed: Sequence[Network]) -> str:
    """Why nothing is sent to an address to which a name led; empty where something may be. Raises ValueError for what
    is no address.

    To what is in a network that a person has named, anything may be sent; to all others nothing but what is encrypted,
    and nothing to this machine or the networks around it, where who knows what answers to whoever asks
    (https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).
    """
    found = _plain(ip_address(address.partition("%")[0]))
    if any(found in network for network in allowed):
        return ""
    if not _is_public(found):
        return f"{found} is not an address of the internet"
    return "" if scheme == "https" else "it must begin with https://"


def _plain(address: Address) -> Address:
    """One of IPv4 that is written as one of IPv6 is what it is (RFC 4291, section 2.5.5.2), and so is one that a
    translator hands on to what it holds."""
    if not isinstance(address, IPv6Address):
        return address
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else address.ipv4_mapped or address


def _is_public(address: Address) -> bool:
    """By the registries of special addresses (RFC 6890), which call some for many receivers global; and without the
    tunnels of 6to4, which hold an address of IPv4, and are no more (RFC 7526)."""
    if isinstance(address, IPv6Address) and address.sixtofour:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
