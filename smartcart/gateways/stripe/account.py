"""The shop's account at Stripe: whether the key opens it, what it may do, and where Stripe sends its events."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import stripe

from smartcart.gateways.stripe.client import Access
from smartcart.gateways.stripe.events import NEEDED, OF_VERSION_1
from smartcart.gateways.stripe.transport import within

# As many as an account can have in one mode, and more.
ENDPOINTS = 100


class Trouble(StrEnum):
    """Why Stripe tells nothing."""

    OUT_OF_REACH = "out of reach"
    WRONG_KEY = "wrong key"
    NOT_ALLOWED = "not allowed"
    OTHER = "other"


class NotTold(Exception):
    """Stripe answered otherwise, or not at all. Of its own words only the kind is kept: they quote keys."""

    def __init__(self, trouble: Trouble, kind: str) -> None:
        super().__init__(kind)
        self.trouble = trouble


@dataclass(frozen=True)
class Account:
    """`now` is Stripe's own clock at the answer, to the second; None when it was not told."""

    may_charge: bool
    now: datetime | None


@dataclass(frozen=True)
class Endpoint:
    """An address that Stripe sends events to, full ones or thin; `missing` are the needed kinds that it is not sent."""

    address: str
    is_on: bool
    missing: frozenset[str]
    is_thin: bool = False


def account(access: Access) -> Account:
    """Raises NotTold."""
    with told(access):
        found = access.api.accounts.retrieve_current()
    return Account(bool(found.charges_enabled), _moment(found.last_response))


def endpoints(access: Access) -> tuple[Endpoint, ...]:
    """Those for full events and those for thin ones, which Stripe tells apart. Raises NotTold."""
    with told(access):
        found = access.api.webhook_endpoints.list({"limit": ENDPOINTS}).data
    full = [Endpoint(each.url, each.status == "enabled", _missing(each.enabled_events)) for each in found]
    return (*full, *_thin_endpoints(access))


def _thin_endpoints(access: Access) -> list[Endpoint]:
    """None where the key may not ask for them: most accounts have none."""
    try:
        with told(access):
            found = access.event_destinations.list({"include": ["webhook_endpoint.url"], "limit": ENDPOINTS}).data
    except NotTold:
        return []
    thin = [each for each in found if each.event_payload == "thin" and each.webhook_endpoint]
    return [
        Endpoint(str(each.webhook_endpoint.url), each.status == "enabled", _missing(each.enabled_events), is_thin=True)
        for each in thin
    ]


@contextmanager
def told(access: Access) -> Iterator[None]:
    """Whatever Stripe says instead of an answer is raised as NotTold."""
    try:
        with within(access.patience):
            yield
    except stripe.APIConnectionError as error:
        raise NotTold(Trouble.OUT_OF_REACH, type(error).__name__) from error
    except stripe.AuthenticationError as error:
        raise NotTold(Trouble.WRONG_KEY, type(error).__name__) from error
    except stripe.PermissionError as error:
        raise NotTold(Trouble.NOT_ALLOWED, type(error).__name__) from error
    except stripe.StripeError as error:
        raise NotTold(Trouble.OTHER, f"{type(error).__name__}, status {error.http_status}") from error


def _moment(answer: Any) -> datetime | None:
    date = answer.headers.get("date") if answer else None
    return parsedate_to_datetime(date) if date else None


def _missing(kinds: list[str]) -> frozenset[str]:
    return frozenset() if "*" in kinds else NEEDED - {kind.removeprefix(OF_VERSION_1) for kind in kinds}
