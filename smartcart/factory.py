"""`create_app`: the whole shop, put together from its rooms."""

from flask import Flask

from smartcart import headless, places
from smartcart.admin.analytics.routes import analytics
from smartcart.admin.api_keys.routes import keys
from smartcart.admin.drill.routes import drill
from smartcart.admin.exports.routes import exports
from smartcart.admin.fraud.routes import fraud
from smartcart.admin.gateway_events.routes import messages
from smartcart.admin.letters.routes import letters
from smartcart.admin.login import routes as login
from smartcart.admin.orders.delivery import delivery
from smartcart.admin.orders.notes import order_notes
from smartcart.admin.orders.routes import orders
from smartcart.admin.payments.all_payments import all_payments
from smartcart.admin.payments.refunds import refunds
from smartcart.admin.payments.routes import monitor
from smartcart.admin.products.routes import products
from smartcart.admin.reconciliation.routes import inbox
from smartcart.admin.search.routes import search
from smartcart.admin.shipping.routes import shipping_prices
from smartcart.admin.shop.legal_texts import legal_editor
from smartcart.admin.shop.routes import shop_identity
from smartcart.admin.support.routes import support
from smartcart.admin.weather.routes import weather
from smartcart.admin.webhooks.routes import webhooks as merchants_webhooks
from smartcart.config import Settings, load_settings
from smartcart.gateways.protocol import Gateway
from smartcart.health.routes import health
from smartcart.mail.unsubscribe_page import unsubscribing
from smartcart.merchant_webhooks import api as webhooks_by_api
from smartcart.payments.api.events import feed
from smartcart.payments.api.fast import opening, reading
from smartcart.payments.api.routes import api
from smartcart.payments.page import frame, joining
from smartcart.payments.page.checkout import checkout
from smartcart.payments.page.fast import poll
from smartcart.payments.page.refund_tracker import refund_tracker
from smartcart.payments.page.resume import resume
from smartcart.payments.page.routes import pages
from smartcart.payments.page.statements import statements
from smartcart.payments.saved_cards.routes import cards
from smartcart.sandbox_bank.routes import bank
from smartcart.shop import identity
from smartcart.shop.legal_pages import legal
from smartcart.shop.pages import shop
from smartcart.web import setup, static_files, sub_path, trusted_proxies, unavailable
from smartcart.web.application import Application


def create_app(settings: Settings | None = None, gateway: Gateway | None = None) -> Flask:
    """The whole shop as a WSGI app, on the environment's settings and gateway unless others are given.

    Starts no job and no thread. Raises config.WrongSetting when a setting is wrong.
    """
    settings = settings or load_settings()
    app = Application("smartcart", template_folder=str(places.TEMPLATES), static_folder=None)
    app.config.update(setup.configuration(settings))

    gateway = headless.init_app(app, settings, gateway)
    setup.init_app(app)
    unavailable.init_app(app)
    identity.init_app(app, settings.shop_name)
    joining.init_app(app)
    frame.init_app(app)
    static_files.init_app(app, places.STATIC)
    login.init_app(app)

    app.jinja_env.globals["test_mode"] = gateway.is_test

    rooms = [shop, legal, checkout, pages, resume, statements, refund_tracker, cards, unsubscribing, api, feed]
    rooms += [webhooks_by_api.webhooks, health, login.login, monitor, refunds, inbox, messages, letters]
    rooms += [orders, delivery, products, shipping_prices, keys, merchants_webhooks, weather, support, search]
    rooms += [order_notes, all_payments, exports, shop_identity, legal_editor, drill, analytics, fraud]
    if gateway.name == "sandbox":
        app.extensions["sandbox"] = gateway
        rooms.append(bank)
    if gateway.name == "stripe":
        from smartcart.payments.gateway_events.routes import (
            webhooks,  # it brings Stripe's library along, which needs memory
        )

        rooms.append(webhooks)
    for room in rooms:
        app.register_blueprint(room)
    opening.init_app(app)
    reading.init_app(app)
    poll.init_app(app)
    sub_path.init_app(app)
    trusted_proxies.init_app(app, settings.proxies)
    return app
