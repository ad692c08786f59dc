"""Addresses that lead nowhere, methods that are not taken, and parameters that make no sense."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.support.databases import ON_BOTH
from tests.web.scene import BODIES, Scene

# As they stand in an address: a browser may send any of them.
ODD = [
    "x",
    "%00",
    "a%00b",
    "%ff%fe",
    "%ED%A0%80",  # half of a pair of surrogates
    "☃☃☃",
    "x" * 10_000,
    "-1",
    "99999999999999999999",
    "1e400",
    "null",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "%0d%0aSet-Cookie:%20a=b",
    "{{7*7}}",
    "..",
    "*",
]
# What is odd by itself has its answer; of what comes twice that is not another question.
REPEATED = ["1", "%00", "%ff%fe"]
# Parts of addresses that are numbers.
NUMBERS = ("product_id", "attempt", "finding_id", "letter_id", "delivery_id", "rule_id", "edition_id", "run_id")
OTHER_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"}

ANY_TEXT = ["", *ODD]
FILTERS = {"day": {404: [*ODD, "2026-02-30"]}, "currency": {404: ODD}, "returned": {404: ODD}, "person": {404: ODD}}
# What each page takes behind the question mark: invalid values, by the status they get.
PARAMETERS: dict[str, dict[str, dict[int, list[str]]]] = {
    "shop.show_catalogue": {},
    "shop.show_product": {},
    "shop.show_cart": {},
    "shop.show_picture": {},
    "shop.show_order": {},
    "checkout.checkout": {},
    "payments.show": {name: {200: ANY_TEXT} for name in ("said", "seen")},
    "payments.status": {name: {200: ANY_TEXT} for name in ("seen", "pressed", "attempts")},
    "resume.show": {name: {200: ANY_TEXT} for name in ("said", "seen")},
    "resume.status": {name: {200: ANY_TEXT} for name in ("seen", "pressed", "attempts", "opened", "waits")},
    "resume.come_back": {},
    "resume.ask_again": {},
    "payments.of_order": {},
    "payments.phone_code": {},
    "payments.come_back": {},
    "statements.show": {},
    "statements.of_order": {},
    "statements.check": {},
    "refund_tracker.show": {},
    "unsubscribing.show": {},
    "payments_api.show": {},
    "payments_api.summary": {},
    "payments_api.active": {name: {403: ANY_TEXT} for name in ("limit", "status", "after")},  # a merchant's key
    "payments_api.openapi": {},
    "payments_feed.events": {
        "after": {410: ["2147483647"], 422: [*ANY_TEXT, "2147483648"]},
        "limit": {422: [*ANY_TEXT, "0", "101"]},
    },
    "payments_webhooks.index": {},
    "payments_webhooks.show": {},
    "checkout.show_own_payments": {},
    "cards.show": {},
    "cards.show_link": {},
    "login.login": {"next": {200: ANY_TEXT}},
    "admin.overview": {},
    "messages.index": {},
    "search.index": {},
    "exports.index": {},
    "exports.file": {
        "what": {404: ANY_TEXT},
        "first": {404: ANY_TEXT},
        "last": {404: ANY_TEXT},
        "decimal": {404: ANY_TEXT},
    },
    "weather.index": {},
    "drill.index": {},
    "support.index": {},
    "support.beside": {},
    "drill.show": {name: {200: ANY_TEXT} for name in ("seen", "told")},
    "analytics.index": {name: {200: ANY_TEXT} for name in ("by", "at", "of")},
    "analytics.as_json": {name: {200: ANY_TEXT} for name in ("by", "at", "of")},
    "analytics.as_csv": {name: {200: ANY_TEXT} for name in ("by", "at", "of", "decimal")},
    "fraud.index": {},
    "fraud.try_all": {},
    "fraud.add": {},
    "fraud.edit": {},
    "shipping_prices.index": {},
    "legal.show": {},
    "legal.show_edition": {},
    "shop_identity.index": {},
    "legal_editor.edit": {},
    "delivery.slip": {},
    "admin.sessions": {
        "state": {404: ODD},
        "after": {404: ODD},
        "seen": {200: ANY_TEXT},
        "told": {200: ANY_TEXT},
    },
    "admin.session": {"seen": {200: ANY_TEXT}, "told": {200: ANY_TEXT}},
    "refunds.ask": {},
    "inbox.index": {},
    "inbox.ask_refund": {},
    "orders.index": {"status": {404: ODD}, "before": {200: ANY_TEXT}, **FILTERS},
    "all_payments.index": {"state": {404: ODD}, "money": {404: ODD}, "before": {404: ODD}, **FILTERS},
    "orders.show": {},
    "orders.to_pack": {"after": {200: ANY_TEXT}},
    "keys.index": {},
    "letters.index": {"before": {200: ANY_TEXT}},
    "letters.show": {},
    "letters.download": {},
    "merchants_webhooks.index": {},
    "merchants_webhooks.show": {"before": {200: ANY_TEXT}},
    "merchants_webhooks.delivery": {},
    "products.index": {},
    "products.add": {},
    "products.change": {},
    "health.live": {},
    "health.ready": {},
    "health.metrics": {},
    "bank.ask": {},
}


def test_every_page_has_its_parameters_listed(scene: Scene) -> None:
    assert set(PARAMETERS) == {rule.endpoint for rule in _rules(scene) if "GET" in (rule.methods or ())}


@ON_BOTH
def test_parameters_that_make_no_sense_get_a_clear_answer(scene: Scene) -> None:
    before = scene.books()
    for endpoint, parameters in PARAMETERS.items():
        if not parameters:
            continue
        path = scene.path(endpoint)
        for name, answers in parameters.items():
            for status, values in answers.items():
                for value in values:
                    response = scene.send(endpoint, f"{path}?{name}={value}")
                    assert response.status_code == status, f"{path}?{name}={value[:80]}"
            for value in REPEATED:
                repeated = scene.send(endpoint, f"{path}?{name}={value}&{name}=1&{name}[]=2&=&&%")
                assert repeated.status_code < 500, f"{path}?{name}={value}, repeated"
    assert scene.books() == before


@ON_BOTH
def test_odd_ids_lead_nowhere_and_change_nothing(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    before = scene.books()
    for rule in _rules(scene):
        for name in rule.arguments:
            for method in (rule.methods or set()) & {"GET", "POST"}:
                for value in ODD:
                    path = _with(scene, rule, name, value)
                    response = scene.send(rule.endpoint, path, method, **_form(scene, rule, method))
                    # Werkzeug says 405 of a number that is too large where GET and POST are two routes.
                    answers = (404, 405) if "int" in rule.rule else (404,)
                    assert response.status_code in answers, f"{method} {path[:120]}: {response.status}"
    assert scene.books() == before
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_method_that_is_not_taken_is_405_and_the_answer_says_which_are(scene: Scene) -> None:
    before = scene.books()
    for rule in _rules(scene):
        path = scene.path(rule.endpoint)
        taken = set(scene.addresses.allowed_methods(path))
        for method in OTHER_METHODS - taken:
            if method == "GET" and not path.startswith("/api/"):
                continue  # it leads to a page
            response = scene.send(rule.endpoint, path, method)
            assert response.status_code == 405, f"{method} {path}"
            assert set(response.headers["Allow"].split(", ")) == taken
            expected = "application/problem+json" if path.startswith("/api/") else "text/html"
            assert response.mimetype == expected
    assert scene.books() == before


def test_at_the_address_of_a_form_lives_the_page_that_is_above_it(scene: Scene) -> None:
    for rule in _rules(scene):
        path = scene.path(rule.endpoint)
        if "GET" in scene.addresses.allowed_methods(path) or path.startswith("/api/"):
            continue
        response = scene.send(rule.endpoint, path)
        assert response.status_code == 303, path
        assert path.startswith(f"{response.location}/")
        assert scene.send(rule.endpoint, response.location or "").status_code in (200, 303), path  # 303: to the sign-in


def test_what_is_not_there_is_404(scene: Scene) -> None:
    pages = ["/nothing", "/pay/", "/static/../smartcart/web.py", "/static/nothing.css", "/.env", "/%2e%2e/etc/passwd"]
    of_api = ["/api/payments/nothing", "/api/nothing"]
    for paths, mimetype in ((pages, "text/html"), (of_api, "application/problem+json")):
        for path in paths:
            for method in ("GET", "POST"):
                response = scene.send("shop.show_catalogue", path, method)
                assert (response.status_code, response.mimetype) == (404, mimetype), path


def test_two_slashes_lead_to_no_other_site(scene: Scene) -> None:
    for path in ("/.//evil.example/%2e%2e", "/pay//evil.example", "/\\evil.example", "/cart//"):
        response = scene.send("shop.show_catalogue", path)
        assert response.status_code in (308, 404)
        assert response.headers.get("Location", "http://localhost/").startswith(("http://localhost/", "/pay/"))


def _rules(scene: Scene) -> Iterator[Rule]:
    yield from scene.app.url_map.iter_rules()


def _with(scene: Scene, rule: Rule, name: str, value: str) -> str:
    """The rule's address with `value` as it is in the place of one part."""
    right = {"page": "imprint"}.get(name, "1" if "int" in rule.rule and name in NUMBERS else "PLACE")
    path = scene.path(rule.endpoint, **{name: int(right) if right == "1" else right})
    head, _, tail = path.partition(f"/{right}")
    return f"{head}/{value}{tail}"


def _form(scene: Scene, rule: Rule, method: str) -> dict[str, Any]:
    """What makes a post get past the door: a right body, or the CSRF token of its form."""
    if method == "GET":
        return {}
    if rule.endpoint in BODIES:
        return {"json": BODIES[rule.endpoint]}
    return {"data": {"csrf_token": scene.visitor(rule.endpoint).token(), "quantity": "1", "answer": "confirm"}}
