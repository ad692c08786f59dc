"""Links as a shop sends them in its letters, for tests of a shop in another process."""

from flask import Flask

from smartcart import clock
from smartcart.payments.page import recovery_links
from tests.support.running import SETTINGS, RunningShop


def link_to(shop: RunningShop, session: str) -> str:
    """The whole address of a link to a session, made just now."""
    app = Flask("smartcart")
    app.config["SECRET_KEY"] = SETTINGS["SECRET_KEY"]
    with app.app_context():
        return recovery_links.address(session, shop.url, clock.now())
