"""Which addresses the rest of the world can reach, as far as an address tells."""

from ipaddress import ip_address
from urllib.parse import urlsplit

# Names that are never those of a machine on the internet (RFC 6761, 6762 and 9476 and ICANN's .internal).
PRIVATE = (".localhost", ".local", ".internal", ".test", ".invalid", ".alt", ".lan", ".home.arpa")


def is_public(address: str) -> bool:
    """Whether this may be an address on the internet."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith(PRIVATE)
