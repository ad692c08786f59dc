"""What every shop needs, whatever its gateway."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from smartcart import clock
from smartcart.config import unknown_settings
from smartcart.doctor import Finding, ok, warning, wrong
from smartcart.doctor.addresses import is_public

# Signatures hold for five minutes, and sessions live for fifteen: with half a minute nothing is noticed, with two and
# a half, half of the first is gone. In seconds.
CLOCK_MAY_DIFFER, CLOCK_MUST_NOT_DIFFER = 30.0, 150.0
SET_BASE_URL = "Set SMARTCART_BASE_URL to the address at which people reach the shop."


def settings() -> Finding:
    """The settings could be read; whether something that looks like one is none."""
    if unknown := unknown_settings():
        return warning("settings", f"{', '.join(unknown)}: no such setting.", "Correct the name: smartcart config")
    return ok("settings", "All can be used. See them with: smartcart config")


def https(base_url: str) -> Finding:
    if not base_url:
        found = "The shop does not know its own address, so it takes that of each request."
        return warning("https", found, SET_BASE_URL)
    if base_url.startswith("https://"):
        return ok("https", f"The shop is at {base_url}, and its cookies are marked Secure.")
    if is_public(base_url):
        found = f"People reach the shop at {base_url}: whoever is on the way reads and changes what they send."
        return wrong("https", found, "Put a proxy with a certificate in front, and let SMARTCART_BASE_URL be https://…")
    return ok(
        "https", f"The shop is at {base_url}, on this machine or network only; its cookies are not marked Secure."
    )


def sandbox(base_url: str) -> Finding:
    found = "The sandbox: no real money moves."
    if is_public(base_url):
        to_do = "To take money set SMARTCART_GATEWAY=stripe and Stripe's keys."
        return warning("gateway", f"{found} But the shop is at a public address.", to_do)
    return ok("gateway", found)


def time(other: datetime | None, whose: str) -> Finding:
    """This machine's clock against another one."""
    if other is None:
        return ok("clock", "There is no other clock to hold it against here. Let NTP set it.")
    difference = (clock.now() - other).total_seconds()
    found = f"This machine's clock is {abs(difference):.0f} s {'ahead of' if difference > 0 else 'behind'} {whose}."
    if abs(difference) < CLOCK_MAY_DIFFER:
        return ok("clock", found)
    if abs(difference) < CLOCK_MUST_NOT_DIFFER:
        return warning("clock", found, "Let NTP set it: with minutes between them Stripe's webhooks are refused.")
    return wrong("clock", found, "Let NTP set it: webhooks are refused, and sessions end at the wrong time.")


def elsewhere(accounts: Sequence[str]) -> Finding:
    """The open payments that were begun with other accounts than the shop works with, by the account of each."""
    if not accounts:
        return ok("other accounts", "No open payment was begun with another account than the shop works with.")
    named = ", ".join(f"{number} with {account}" for account, number in Counter(accounts).items())
    found = f"Open payments were begun with other accounts: {named}. Whether money was taken is not known here."
    return wrong("other accounts", found, "Set the gateway and its keys back to those until these payments have ended.")
