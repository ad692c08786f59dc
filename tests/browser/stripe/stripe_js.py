"""Stripe's browser library for the pages of a test: a double of it, which works with the Stripe server of the tests."""

from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playwright.sync_api import BrowserContext, Route

from tests.support.stripe_server import StripeServer

DOUBLE = Path(__file__).parent / "double"
SCRIPT = "https://js.stripe.com/*/stripe.js"
HOSTS = {"js.stripe.com", "api.stripe.com"}


def serve(context: BrowserContext, stripe: StripeServer) -> None:
    """Answer whatever this browser asks of Stripe's hosts."""

    def pass_on(route: Route) -> None:
        asked = urlsplit(route.request.url)
        body = route.request.post_data_buffer
        request = Request(f"{stripe.url}{asked.path}?{asked.query}", body, method=route.request.method)  # noqa: S310
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                status, text = answer.status, answer.read()
        except HTTPError as error:
            status, text = error.code, error.read()
        route.fulfill(status=status, body=text, headers={"Access-Control-Allow-Origin": "*"})

    context.route(SCRIPT, lambda route: route.fulfill(path=DOUBLE / "stripe.js"))
    context.route("https://js.stripe.com/double/*", lambda route: route.fulfill(path=DOUBLE / _name(route)))
    context.route("https://api.stripe.com/**", pass_on)


def _name(route: Route) -> str:
    return urlsplit(route.request.url).path.rpartition("/")[2]
