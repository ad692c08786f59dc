"""Which scripts the payment page runs: who shows a self-assessment for PCI DSS has to know each, and why it is there.

https://www.pcisecuritystandards.org/faq/articles/Frequently_Asked_Question/how-does-an-e-commerce-merchant-meet-the-saq-a-eligibility-criteria-for-scripts/
"""

from hashlib import sha256
from pathlib import Path

from flask import Flask

from smartcart.doctor import Finding, ok
from smartcart.gateways.protocol import BrowserPart
from smartcart.web.static_files import PREFIX

# Of the shop's own, by name, what each is for.
OURS = {
    "vendor/htmx.min.js": "htmx, which puts the news of a payment in its place",
    "payment.js": "asks for news, and minds the network and the time",
}
OF_STRIPE = {"stripe.js": "shows Stripe's form, and has a token made of what was typed"}
NO_OTHER = "No other may run: the page's policy refuses it."


def check(app: Flask, browser: BrowserPart | None) -> Finding:
    """Every script of the payment page: the shop's own with their hashes, and the gateway's by its address."""
    told = [f"{name} ({why}; sha256 {_hash(app, name)})" for name, why in of_page(browser).items()]
    theirs = [f"{browser.script} (the gateway's own, from its own server)"] if browser else []
    return ok("scripts of the payment page", f"{'; '.join(told + theirs)}. {NO_OTHER}")


def of_page(browser: BrowserPart | None) -> dict[str, str]:
    """The shop's own scripts of that page, by name, with what each is for."""
    return OURS | (OF_STRIPE if browser else {})


def _hash(app: Flask, name: str) -> str:
    address: str = app.extensions["static_url"](name)
    root: Path = app.extensions["static_files"]
    return sha256((root / address.partition(PREFIX)[2]).read_bytes()).hexdigest()
