"""Whose request it is that proxies have handed on, and how it reached the first of them.

Each proxy adds, on the right, the address that it was asked from. So a list of them is believed from the right, for as
long as who has added an entry is a proxy of ours; what stands further left anybody may have written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# What a host may look like in a header; what else it may be is the web's to say.
HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
# A value of `Forwarded` (RFC 7239 §4): a token or a quoted string. Looked for where a name begins, and nowhere within
# one: for a long one that no value follows that would take its length squared.
_IN_NAMES = r"!#$%&'*+.^_`|~0-9A-Za-z-"
PAIR = re.compile(rf'(?<![{_IN_NAMES}])([{_IN_NAMES}]++)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)')
# Who has an IPv6 address has a whole network of them, mostly of this length (RFC 6177; RFC 4291 §2.5.1 for the 64).
OF_ONE_CALLER = 64
# More characters than an address has in any form, with brackets, port and zone; anybody may send hundreds of KB.
LONGEST_ADDRESS = 100


@dataclass(frozen=True)
class Origin:
    """Who asks, and by which scheme and host; empty where nobody said."""

    address: str
    scheme: str = ""
    host: str = ""


@dataclass(frozen=True)
class Told:
    """What one proxy says of the request that it got; empty where it says nothing."""

    address: str = ""
    scheme: str = ""
    host: str = ""


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def origin(peer: str, headers: Mapping[str, str], trusted: Sequence[Network]) -> Origin:
    """Where a request comes from that `peer` has sent. `headers` are by their names in small letters.

    Where there is an X-Forwarded-For or its like, that counts: most proxies write nothing else, and let a `Forwarded`
    pass that anybody may have sent.
    """
    at, believed = _address(peer), Origin(plain(peer))
    if not trusted:
        return believed
    for entry in reversed(_by_x_forwarded(headers) or _by_forwarded(headers.get("forwarded", ""))):
        if at is None or not _is_among(at, trusted):
            break
        at = _address(entry.address)
        address = str(at) if at else believed.address
        believed = Origin(address, entry.scheme or believed.scheme, entry.host or believed.host)
    return believed


def plain(address: str) -> str:
    """An address as it is written everywhere: one of IPv4 that came over IPv6 as what it is."""
    found = _address(address)
    return str(found) if found else address


def counted_as(address: str) -> str:
    """What requests from an address are counted by: itself, or the network that one caller has of IPv6."""
    found = _address(address)
    return str(ip_network((found, OF_ONE_CALLER), strict=False)) if isinstance(found, IPv6Address) else address


def is_private(address: str) -> bool:
    """Whether it is one of this machine or a network of one's own, which nobody on the internet comes from."""
    found = _address(address)
    return found is not None and (found.is_private or found.is_loopback or found.is_link_local)


def _by_x_forwarded(headers: Mapping[str, str]) -> list[Told]:
    """The three lists beside each other, from the right; of one that is shorter the first counts for the rest."""
    addresses, schemes, hosts = (
        [value.strip() for value in headers.get(f"x-forwarded-{name}", "").split(",") if value.strip()]
        for name in ("for", "proto", "host")
    )
    if not addresses and (schemes or hosts):
        return [Told("", _scheme(_from_right(schemes, 1)), _host(_from_right(hosts, 1)))]
    return [
        Told(address, _scheme(_from_right(schemes, place)), _host(_from_right(hosts, place)))
        for place, address in zip(range(len(addresses), 0, -1), addresses, strict=True)
    ]


def _by_forwarded(header: str) -> list[Told]:
    entries = []
    for element in _split(header):
        pairs = {name.lower(): _unquoted(value) for name, value in PAIR.findall(element)}
        entries.append(Told(pairs.get("for", ""), _scheme(pairs.get("proto", "")), _host(pairs.get("host", ""))))
    return entries


def _split(header: str) -> list[str]:
    """At the commas that stand in no quotes."""
    return [element for element in re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+', header) if element.strip()]


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _from_right(values: list[str], place: int) -> str:
    return values[max(0, len(values) - place)] if values else ""


def _scheme(value: str) -> str:
    return value.lower() if value.lower() in ("http", "https") else ""


def _host(value: str) -> str:
    return value if HOST.fullmatch(value) else ""


def _address(text: str) -> Address | None:
    """With or without a port, in brackets or not; none for what is hidden or no address."""
    return _read(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=1024)  # whoever asks once asks again; to read an address takes longer than to look it up
def _read(text: str) -> Address | None:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _is_among(address: Address, known: Sequence[Network]) -> bool:
    return any(address in network for network in known)
