"""A shop in the middle of its day: a full cart, a session at rest, one at the bank, a merchant, a signed-in admin."""

import gzip
import re
from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.admin.access import LARGEST_ID
from smartcart.admin.drill import runs
from smartcart.admin.login import passwords
from smartcart.database.session import db, writing
from smartcart.mail import unsubscribed
from smartcart.merchant_webhooks import deliveries, endpoints
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, Fate, Receiver
from smartcart.payments.api import keys
from smartcart.payments.core import findings, merchant_feed, queries
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.payments.page import recovery_links
from smartcart.payments.saved_cards import sharing
from smartcart.payments.saved_cards.account import account
from smartcart.rules.drills import AskedBy, Scenario
from smartcart.rules.verdicts import Verdict
from smartcart.shop import legal_texts
from smartcart.shop.legal_models import LegalPage
from smartcart.shop.models import Order
from tests.mail.carrying import carry_out, letter
from tests.support.caller import Caller, by_key
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

PASSWORD = "a password for tests"
# What each call of the API takes, as it should be.
BODIES: dict[str, dict[str, Any]] = {
    "payments_api.create": {"reference": "B-1", "amount": 4200, "currency": "EUR"},
    "payments_api.pay": {"method": "sandbox_approve"},
    "payments_api.resume": {"method": "sandbox_approve"},
    "payments_api.complete": {},
    "payments_api.cancel": {"reason": "changed my mind"},
    "payments_api.capture": {},
    "payments_api.release": {"reason": "it looks odd"},
    "payments_api.refund": {"amount": 100, "reason": "a broken cup"},
    "payments_webhooks.create": {"url": "https://till.example/events", "types": ["payment.completed"]},
    "payments_webhooks.rotate": {},
    "payments_webhooks.switch_on": {},
    "payments_webhooks.remove": {},
    "payments_api.interrupt": {"kind": "timeout", "detail": "as seen from here"},
}
ADMIN_ROOMS = (
    "admin",
    "orders",
    "delivery",
    "products",
    "shipping_prices",
    "shop_identity",
    "legal_editor",
    "messages",
    "refunds",
    "inbox",
    "keys",
    "letters",
    "merchants_webhooks",
    "all_payments",
    "exports",
    "search",
    "order_notes",
    "weather",
    "support",
    "drill",
    "analytics",
    "fraud",
)
# How the names of the API's routes begin.
OF_API = ("payments_api.", "payments_feed.", "payments_webhooks.")
# What a link of a letter alone says, without a cookie and so without a form's token (tests/mail/test_unsubscribing.py).
BY_LINK = "unsubscribing."
# What nobody outside should ever read.
INTERNALS = re.compile(r'Traceback|site-packages|sqlalchemy|werkzeug|\.py"|sqlite|(?-i:SELECT )|\bsk_', re.IGNORECASE)


class Scene:
    """`values` are the parts of addresses that lead to something, by their names in the routes."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.addresses = app.url_map.bind("localhost")
        self.shopper = Shopper(app.test_client())
        self.stranger = Shopper(app.test_client())
        self.merchant: Caller = by_key(app)
        self.office = Shopper(app.test_client())
        session = self.shopper.order()
        self.shopper.put_into_cart("kettle")
        passwords.ensure_admin(PASSWORD)
        signed_in = self.office.post("/admin/login", {"name": "admin", "password": PASSWORD})
        assert signed_in.status_code == 303
        order = db.session.query(Order).one()
        self.values: dict[str, Any] = {
            "slug": "kettle",
            "name": "no-picture.png",
            "token": order.token,
            "number": order.number,
            "page": "imprint",
            "edition_id": self._imprint(),
            "session_id": session,
            "link_token": recovery_links.token(session, clock.now()),
            "product_id": product("kettle").id,
            "finding_id": self._finding(),
            "letter_id": self._letter(session),
            "signed": "by-nobody-of-this-shop",
            "address_token": unsubscribed.link("ada@example.org", "").rpartition("/")[2],
            "endpoint_id": self._webhook(),
            "run_id": self._drill(),
            "rule_id": 1,
            **self._at_the_bank(),
            **self._saved_card(queries.find(session).owner),
        }
        self.values["delivery_id"] = self._delivery()

    def path(self, endpoint: str, **others: Any) -> str:
        """The address of a route, where there is something unless `others` say otherwise."""
        rule = next(rule for rule in self.app.url_map.iter_rules() if rule.endpoint == endpoint)
        return self.addresses.build(endpoint, {name: self.values[name] for name in rule.arguments} | others)

    def visitor(self, endpoint: str) -> Shopper:
        """The browser of whoever a page is for."""
        if endpoint == "login.login":
            return self.stranger
        return self.office if endpoint.partition(".")[0] in ADMIN_ROOMS else self.shopper

    def send(self, endpoint: str, path: str, method: str = "GET", **more: Any) -> TestResponse:
        """A request of the page's visitor; of the merchant where it is the API. Looks for internals in the answer."""
        if endpoint.startswith(OF_API):
            more["headers"] = self.merchant.headers() | more.get("headers", {})
            client = self.merchant.client
        else:
            client = self.visitor(endpoint).client
        response = Context().run(client.open, path, method=method, **more)
        found = INTERNALS.search(_text(response)) if response.is_json or response.mimetype != "image/png" else None
        assert not found, f"{method} {path[:80]} tells {found}"
        return response

    def books(self) -> str:
        """Every row of the shop's database."""
        tables = [table for table in db.metadata.sorted_tables if table.name != "kept_answer"]
        with db.engine.connect() as connection:
            return "\n".join(str(sorted(map(str, connection.execute(table.select())))) for table in tables)

    def _finding(self) -> int:
        """Money in the gateway's books that no payment stands for."""
        with writing():
            findings.add(Verdict.CHARGED_NOT_PAID, "a session of yesterday", "sb_1", 4200, "EUR", "charged")
        return findings.open_ones()[0].id

    def _imprint(self) -> int:
        """The shop's, by its edition."""
        legal_texts.publish(LegalPage.IMPRINT, "Somewhere.")
        return legal_texts.editions(LegalPage.IMPRINT, 1)[0].id

    def _letter(self, session: str) -> int:
        """What was written to the shopper, and is kept as there is no mail server."""
        with writing():
            effects.write(EffectKind.RECEIPT, session, Receiver.MAIL)
        carry_out()
        written = letter(session)
        assert written.fate is Fate.KEPT, written.problem
        return written.id

    def _drill(self) -> int:
        """One that has passed."""
        runs.ask([Scenario.CRASH], AskedBy.OWNER)
        [run] = runs.newest()
        runs.take_up(run.id)
        runs.end_with(run.id, [])
        return run.id

    def _webhook(self) -> str:
        """Of the merchant."""
        [key] = keys.all_keys()
        return endpoints.create(key.id, "https://till.example/webhooks", (), is_thin=False, allowed=()).id

    def _delivery(self) -> int:
        """Of what has happened to the merchant's session; nobody sends it."""
        deliveries.read_on()
        return deliveries.newest(self.values["endpoint_id"], LARGEST_ID)[0].id

    def _saved_card(self, owner: str) -> dict[str, Any]:
        """A card that the gateway keeps for the shopper, and a link to it."""
        of_ada = {"gateway": account(), "customer": "customer of ada"}
        shown = {"brand": "visa", "last4": "4242", "expires_month": 12, "expires_year": 2040}
        with writing():
            db.session.add(CardHolder(shopper=owner, **of_ada))
            db.session.add(SavedCard(token="card_of_ada", **of_ada, **shown, kept_at=clock.now()))
        sharing.make_link(owner)
        return {"card": "card_of_ada", "link": sharing.links_of(owner).token}

    def _at_the_bank(self) -> dict[str, Any]:
        """A session of the merchant's that waits for its shopper's word at the bank; the feed tells of it."""
        session = self.merchant.create("at the bank")["id"]
        self.merchants_session = str(session)
        self.merchant.pay(session, "sandbox_challenge")
        address = wait_for(lambda: queries.find(session).action_url)
        merchant_feed.give_numbers()
        _, _, reference, attempt = address.split("/")
        return {"reference": reference, "attempt": int(attempt)}


def _text(response: TestResponse) -> str:
    """What it says, also where it came compressed: a test's client does not undo that."""
    return (gzip.decompress(response.data) if response.content_encoding == "gzip" else response.data).decode()
