"""Links as a shop sends them in its letters, for tests of a shop in another process."""

from flask import Flask

from smartcart import clock
from smartcart.payments.page import recovery_links
from smartcart.payments.page.phone import OF_NO_TIME
from smartcart.payments.page.recovery_links import Purpose
from tests.support.running import SETTINGS, RunningShop


def link_to(shop: RunningShop, session: str) -> str:
    """The whole address of a link to a session, made just now."""
    app = Flask("smartcart")
    app.config["SECRET_KEY"] = SETTINGS["SECRET_KEY"]
    with app.app_context():
        return recovery_links.address(session, shop.url, clock.now())


def code_of(shop: RunningShop, session: str) -> str:
    """The whole address that the code on a payment page says."""
    app = Flask("smartcart")
    app.config["SECRET_KEY"] = SETTINGS["SECRET_KEY"]
    with app.app_context():
        return f"{shop.url}/resume/{recovery_links.token(session, OF_NO_TIME, Purpose.PHONE)}"
