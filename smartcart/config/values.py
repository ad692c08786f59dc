"""What a value of a setting must look like: each check returns the value as it is kept, or raises ValueError.

The message says what is allowed, as the rest of a sentence: "must …".
"""

import re
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from smartcart.rules.money import DIGITS
from smartcart.rules.proxies import networks

# With the path of a payment page behind it, it fits into the 500 characters that are kept for its address.
LONGEST_BASE_URL = 400
# It fits into the head of a page on a small phone, and into a mail's subject.
LONGEST_SHOP_NAME = 60
LONGEST_CONTACT = 200
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# https://docs.stripe.com/keys: what a key may do and which mode it belongs to stand at its beginning.
STRIPE_PRIVATE = r"(?:sk|rk)_(test|live)_\w+"
STRIPE_PUBLISHABLE = r"pk_(test|live)_\w+"


def data(value: Path) -> Path:
    """A relative path would be another folder for whoever starts a command somewhere else."""
    if not value.is_absolute():
        raise ValueError("must be the full path of a folder, such as /var/lib/smartcart")
    return value


def sqlite_in(folder: Path) -> str:
    """Returns the address of the shop's own database in a folder, whatever signs its path has."""
    return URL.create("sqlite", database=str(folder / "shop.sqlite3")).render_as_string()


def database_url(value: str) -> str:
    """PostgreSQL is spoken through psycopg 3, whichever common spelling of the scheme was given."""
    for scheme in ("postgres://", "postgresql://"):
        if value.startswith(scheme):
            value = "postgresql+psycopg://" + value.removeprefix(scheme)
    if value.startswith("postgresql+psycopg://") and "," in value.partition("://")[2].partition("/")[0]:
        value = _with_fallback_hosts(value)
    if not _is_lasting(value):
        raise ValueError("must be an address that begins with postgresql://, or with sqlite:/// and names a file")
    if "@" in (make_url(value).host or ""):  # so what would be taken for the host begins within the password
        raise ValueError("has a password with signs of an address in it: percent-encode them, @ as %40 and / as %2F")
    return value


def trusted_proxies(value: str) -> str:
    return _networks(value)


def webhook_networks(value: str) -> str:
    return _networks(value)


def _networks(value: str) -> str:
    """Each as a network; an address is one of a single machine."""
    try:
        return ",".join(str(network) for network in networks(value))
    except ValueError as error:
        raise ValueError("must be addresses or networks, such as 127.0.0.1,10.0.0.0/8") from error


def _with_fallback_hosts(address: str) -> str:
    """An address with several hosts as libpq writes it (//one:5432,two:5433/shop), as SQLAlchemy does in its query."""
    from psycopg import ProgrammingError  # which a shop on SQLite does without
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(address.replace("postgresql+psycopg:", "postgresql:", 1))
    except ProgrammingError:
        return ""
    given = {name: str(value) for name, value in parts.items()}
    user, password, database = (given.pop(name, None) for name in ("user", "password", "dbname"))
    url = URL.create("postgresql+psycopg", user, password, database=database, query=given)
    return url.render_as_string(hide_password=False)


def _is_lasting(address: str) -> bool:
    """Whether this is PostgreSQL, or SQLite with a file: what is only in memory would be lost."""
    try:
        url = make_url(address)
        url.get_dialect()().create_connect_args(url)  # looks at the ports as well
    except (ArgumentError, NoSuchModuleError, ValueError):  # the last for a port that is no number
        return False
    return url.drivername == "postgresql+psycopg" or (
        url.drivername == "sqlite" and (url.database or ":memory:") != ":memory:"
    )


def base_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if len(value) > LONGEST_BASE_URL:
        raise ValueError(f"must have at most {LONGEST_BASE_URL} characters")
    return value.rstrip("/")


def currency(value: str) -> str:
    if value not in DIGITS:
        raise ValueError("must be an ISO 4217 code such as EUR")
    return value


def rate_limit(value: str) -> str:
    if value != "off" and not _allows_something(value):
        raise ValueError("must be 'off' or a rate such as '120 per minute'")
    return value


def _allows_something(rate: str) -> bool:
    try:
        return parse(rate).amount > 0
    except ValueError:
        return False


def long_secret(value: str) -> str:
    if value and len(value) < 16:
        raise ValueError("must have at least 16 characters")
    return value


def stripe_secret_key(value: str) -> str:
    if value and not re.fullmatch(STRIPE_PRIVATE, value):
        raise ValueError("must be a secret key of Stripe's: sk_test_…, sk_live_…, or a restricted one, rk_…")
    return value


def stripe_publishable_key(value: str) -> str:
    if value and not re.fullmatch(STRIPE_PUBLISHABLE, value):
        raise ValueError("must be a publishable key of Stripe's: pk_test_… or pk_live_…")
    return value


def stripe_webhook_secret(value: str) -> str:
    secrets = [each.strip() for each in value.split(",")] if value else []
    if not all(secret.startswith("whsec_") for secret in secrets):
        raise ValueError("must be the signing secret of a webhook endpoint: whsec_…; or two, with a comma between them")
    return ",".join(secrets)


def stripe_api_base(value: str) -> str:
    url = urlsplit(value)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)):
        raise ValueError("must begin with https://, or with http:// and name this machine (127.0.0.1)")
    return value.rstrip("/")


def shop_name(value: str) -> str:
    name = value.strip()
    if not (1 <= len(name) <= LONGEST_SHOP_NAME and name.isprintable()):
        raise ValueError(f"must have from 1 to {LONGEST_SHOP_NAME} characters, on one line")
    return name


def host(value: str) -> str:
    """A name or an address; what stands behind a name's colon would be taken for a part of it. IPv6 is kept without the
    brackets that it has in an address of the web (RFC 3986, section 3.2.2)."""
    bare = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    if _is_ipv6(bare):
        return bare
    if value and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
        raise ValueError("must be the name or the IP address of a machine, such as mail.example.org, without a port")
    return value


def _is_ipv6(value: str) -> bool:
    try:
        IPv6Address(value)
    except AddressValueError:
        return False
    return True


def mail_address(value: str) -> str:
    """Of the shop itself, in the plain form that stands in every header (RFC 5322, section 3.4.1)."""
    if value and not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value, re.ASCII):
        raise ValueError("must be an e-mail address, such as shop@example.org")
    return value


def time_zone(value: Any) -> ZoneInfo:
    """By its name in the IANA time zone database (RFC 9557 names zones so, too)."""
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for the name of a folder of the database's files
        raise ValueError("must be the name of a time zone such as Europe/Berlin or UTC") from None


def contact(value: str) -> str:
    """How shoppers reach the shop: shown as it stands, so it is one line of ordinary characters."""
    value = value.strip()
    if not value.isprintable() or len(value) > LONGEST_CONTACT:
        allowed = f"one line of at most {LONGEST_CONTACT} characters"
        raise ValueError(f"must be an e-mail address, a telephone number or a web address, on {allowed}")
    return value
