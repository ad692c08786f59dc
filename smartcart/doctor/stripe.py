"""The shop at Stripe: keys, mode, clock and webhooks."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from smartcart.config import Settings
from smartcart.doctor import Finding, ok, shop, warning, wrong
from smartcart.doctor.addresses import is_public
from smartcart.doctor.shop import SET_BASE_URL
from smartcart.gateways.stripe.account import Account, Endpoint, NotTold, Trouble, account, endpoints
from smartcart.gateways.stripe.client import Access
from smartcart.gateways.stripe.events import NEEDED
from smartcart.payments.core import call_counts

# Somebody waits for the doctor; Stripe answers within one second. In seconds.
PATIENCE = 10.0
WEBHOOKS = "/webhooks/stripe"
DASHBOARD = "https://dashboard.stripe.com"
KEYS = f"Copy both keys from {DASHBOARD}/apikeys."
TROUBLES = {
    Trouble.OUT_OF_REACH: "Let this machine reach the internet (name server, firewall, proxy), or wait for Stripe.",
    Trouble.WRONG_KEY: KEYS,
    Trouble.NOT_ALLOWED: "Give the restricted key the right to read this, or look yourself.",
    Trouble.OTHER: "Try again; if it stays so, look at https://status.stripe.com.",
}
# https://docs.stripe.com/rate-limits#api-read-request-allocations: so many in thirty days.
LEAST_READS, READS_FOR_A_PAYMENT = 10_000, 500
NEARLY = 0.8
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))

Answer = TypeVar("Answer", Account, tuple[Endpoint, ...])


def check(settings: Settings) -> list[Finding]:
    """All that Stripe can be asked, and what the settings tell of it."""
    access = Access(settings.stripe_secret_key, settings.stripe_api_base, settings.stripe_shop, PATIENCE)
    known = _asked(lambda: account(access))
    clock = shop.time(known.now, "Stripe's") if isinstance(known, Account) else None
    told_where = _asked(lambda: endpoints(access))
    return [
        _keys(known, _is_live(settings)),
        _mode(settings.base_url, _is_live(settings)),
        *([clock] if clock else []),
        _webhooks(settings, told_where),
    ]


def events(newest: datetime | None, is_thin: bool, stuck: int, now: datetime) -> Finding:
    """What the webhooks have brought so far: when the last came and whether it was a thin one; `stuck` are those that
    could not be applied."""
    if stuck:
        found = f"{stuck} of Stripe's messages could not be applied."
        return warning("webhook events", found, "See which, and why, at /admin/messages.")
    if newest is None:
        to_do = f"Send a test event: {DASHBOARD}/workbench/webhooks"
        return warning("webhook events", "None has come in the last month.", to_do)
    kind = "with its object's name alone (thin)" if is_thin else "with its object as it was then (snapshot)"
    return ok("webhook events", f"The last came {_ago(now - newest)} ago, {kind}.")


def lately(trouble: str, who_was_first: str) -> Finding:
    """Whether events stay away or come late, by who knew first of the last payments."""
    if not trouble:
        return ok("webhooks lately", f"{who_was_first[0].upper()}{who_was_first[1:]}.")
    to_do = f"See the deliveries, and the address, in {DASHBOARD}/workbench/webhooks"
    return warning("webhooks lately", f"Of Stripe's messages {trouble}.", to_do)


def allowance(asked: Counter[str], payments: int) -> Finding:
    """What was asked in the last thirty days against what Stripe allows, by the `payments` taken in that time."""
    read, allowed = call_counts.reads(asked), max(LEAST_READS, READS_FOR_A_PAYMENT * payments)
    most = ", ".join(f"{kind} {number}" for kind, number in asked.most_common(3))
    found = f"Asked {asked.total()} times in 30 days{f' ({most})' if most else ''}; {read} of {allowed} reads allowed."
    if read > NEARLY * allowed:
        to_do = "Find who asks so often with these keys in Stripe's workbench; a shop alone stays far below."
        return warning("calls to Stripe", found, to_do)
    return ok("calls to Stripe", found)


def _asked(question: Callable[[], Answer]) -> Answer | NotTold:
    try:
        return question()
    except NotTold as reason:
        return reason


def _is_live(settings: Settings) -> bool:
    return "_live_" in settings.stripe_secret_key


def _keys(known: Account | NotTold, is_live: bool) -> Finding:
    if isinstance(known, NotTold):
        found = f"Stripe was asked with the secret key and does not answer: {known.trouble} ({known})."
        unclear = known.trouble is Trouble.NOT_ALLOWED  # the key is right, and may not ask this
        return (warning if unclear else wrong)("keys", found, TROUBLES[known.trouble])
    if is_live and not known.may_charge:
        return wrong("keys", "Stripe does not let this account charge yet.", f"Activate it at {DASHBOARD}/account.")
    return ok("keys", "Stripe knows the secret key, and the publishable key is of the same mode.")


def _mode(base_url: str, is_live: bool) -> Finding:
    if not is_live:
        found = "Test keys: no real money moves."
        if is_public(base_url):
            to_do = "To take money use the live keys."
            return warning("mode", f"{found} But the shop is at a public address.", to_do)
        return ok("mode", found)
    if is_public(base_url) and base_url.startswith("https://"):
        return ok("mode", "Live keys, at a public address: real money moves.")
    found = "Live keys: real money moves. But the shop is not at a public https address."
    return wrong("mode", found, "Use the test keys here, or let SMARTCART_BASE_URL be the shop's https address.")


def _webhooks(settings: Settings, told_where: tuple[Endpoint, ...] | NotTold) -> Finding:
    address = settings.base_url + WEBHOOKS
    if not settings.stripe_webhook_secret:
        found = (
            "No webhook secret is set, so Stripe cannot tell by itself what happened. The shop asks, and is as right."
        )
        return warning("webhook", found, _make_endpoint(address if settings.base_url else WEBHOOKS))
    if not is_public(settings.base_url):
        found = "The secret is set. Stripe cannot reach this address, so no endpoint is looked for."
        to_do = f"On your own machine: stripe listen --forward-to {address}" if settings.base_url else SET_BASE_URL
        return warning("webhook", found, to_do)
    if isinstance(told_where, NotTold):
        found = f"The secret is set. Stripe does not tell its endpoints: {told_where.trouble} ({told_where})."
        return warning("webhook", found, TROUBLES[told_where.trouble])
    return _endpoint(address, [each for each in told_where if each.address.rstrip("/") == address])


def _endpoint(address: str, ours: list[Endpoint]) -> Finding:
    if not ours:
        return wrong("webhook", f"The secret is set, but Stripe has no endpoint at {address}.", _make_endpoint(address))
    on = [each for each in ours if each.is_on]
    if not on:
        return wrong("webhook", "Stripe's endpoint here is switched off.", f"Enable it: {DASHBOARD}/workbench/webhooks")
    missing = frozenset.intersection(*[each.missing for each in on])
    if missing:
        found = "Stripe's endpoint here is not sent all that is needed."
        return warning("webhook", found, f"Add to it: {', '.join(sorted(missing))}")
    kinds = " and ".join(sorted({"thin events" if each.is_thin else "snapshots" for each in on}))
    return ok("webhook", f"The secret is set, and Stripe sends what is needed to {address}, as {kinds}.")


def _make_endpoint(address: str) -> str:
    kinds = ", ".join(sorted(NEEDED))
    return (
        f"Add an endpoint at {DASHBOARD}/workbench/webhooks for {address} with {kinds};"
        " its signing secret is SMARTCART_STRIPE_WEBHOOK_SECRET."
    )


def _ago(since: timedelta) -> str:
    """In the largest unit that there is one of."""
    seconds = since.total_seconds()
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), (1, "second"))
    number = round(seconds / size)
    return f"{number} {unit}{'' if number == 1 else 's'}"
