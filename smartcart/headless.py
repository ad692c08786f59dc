"""What stands below all pages: the settings, the database and the gateway, on the app.

A command that answers no browser works with that alone: to load pages, forms, letters and the API takes 13 MB, and a
third of such a command's start.
"""

from flask import Flask

from smartcart.config import Settings, load_settings
from smartcart.database.engine import engine_options
from smartcart.database.session import db
from smartcart.gateways.choice import LONGEST_QUESTION, StripeAccount, chosen_gateway
from smartcart.gateways.protocol import Gateway
from smartcart.payments.core import runtime
from smartcart.web.sub_path import sub_path_of


def headless_app() -> Flask:
    """The shop without its pages, on the environment's settings. Raises config.WrongSetting when one is wrong."""
    app = Flask("smartcart", static_folder=None)
    init_app(app, load_settings())
    return app


def init_app(app: Flask, settings: Settings, gateway: Gateway | None = None) -> Gateway:
    """Give the app its settings, its database and its gateway, which is returned: that of the settings unless one is
    given. Nothing is asked of either yet."""
    app.config["SETTINGS"] = settings
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database_url, settings.gateway_threads + 32)
    db.init_app(app)
    gateway = gateway or _gateway(settings)
    runtime.init_app(app, settings, gateway)
    return gateway


def _gateway(settings: Settings) -> Gateway:
    account = StripeAccount(
        settings.stripe_secret_key,
        settings.stripe_publishable_key,
        settings.stripe_api_base,
        settings.stripe_shop,
        min(settings.payment_timeout, LONGEST_QUESTION),
    )
    return chosen_gateway(settings.gateway, settings.sandbox_ledger, sub_path_of(settings.base_url), account)
