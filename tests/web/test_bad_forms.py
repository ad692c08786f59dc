"""Every form with wrong, missing, long and odd input: a clear answer, and nothing is changed."""

from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.databases import ON_BOTH
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.web.scene import ADMIN_ROOMS, BY_LINK, OF_API, PASSWORD, Scene

MISSING = None
LONG = "x" * 10_000
# Nothing of this is a word that any form here knows.
ODD_WORDS = [MISSING, "", " ", "no-such-thing", "a\0b", "\u202e", LONG, "' OR 1=1 --", "<b>", "{{7*7}}", "☃", "SC-1001"]
NO_NUMBER = [MISSING, "", "-1", "1.5", "1e3", "0x10", "NaN", "inf", "١", "one", "1 2", "9" * 5000, "a\0b", "+1", "²"]
NO_ADDRESS = ["ada@", "@b.org", "ada@b", "a b@c.org", "a@b@c.org", "a@b.org\nBcc: x@y.org", "<a@b.org>", "a@b..org"]
NO_LINE = ["a\0b", "a\nb", "a\x1bb", "a\u2028b"]


@dataclass
class Form:
    """The right way to fill a form in, and the wrong ways: values of one field each, by the status they get."""

    right: dict[str, Any] = field(default_factory=dict)
    wrong: dict[int, dict[str, list[Any]]] = field(default_factory=dict)


PRODUCT = {"name": "Lamp", "description": "", "price": "12.50", "currency": "EUR", "stock": "3", "shown_stock": "0"}
PRODUCT |= {"tax_rate": "19"}
WRONG_PRODUCT: dict[str, list[Any]] = {
    "name": [MISSING, "", " ", "x" * 121, *NO_LINE],
    "description": ["x" * 2001, "a\0b"],
    "price": [*NO_NUMBER[:2], "-1", "0", "0.001", "1,234", "1e3", "NaN", "9" * 5000, "1000000", "١٢", "$12", "a\0b"],
    "stock": [*NO_NUMBER, "1000000"],
    "shown_stock": ["", "-1", "x", "9" * 5000],
    "tax_rate": ["-1", "x", "101", "1.234", "a\0b", LONG],
}

FRAUD_RULE = {"name": "Many", "measure": "declines", "by": "address", "action": "note", "countries": "", "codes": ""}
FRAUD_RULE |= {"number": "5", "minutes": "10", "share": "0", "smallest": "0", "largest": "500"}
WRONG_FRAUD_RULE: dict[str, list[Any]] = {
    "name": [MISSING, "", " ", "x" * 121, LONG, *NO_LINE],
    "measure": [*ODD_WORDS, "DECLINES"],
    "by": [*ODD_WORDS, "ADDRESS"],
    "action": [*ODD_WORDS, "NOTE"],
    "number": [*NO_NUMBER, "0", "101"],
    "minutes": [*NO_NUMBER, "0", "43201"],
    "share": [*NO_NUMBER, "101"],
    "smallest": [*NO_NUMBER, "501"],
    "largest": [*NO_NUMBER, "9999999999999"],
    "countries": ["ZZ", "DEFR", "a\0b", LONG],
    "codes": ["a-b", "<b>", "☃", LONG],
}

FORMS = {
    "shop.add_line": Form(
        {"product": "kettle", "quantity": "1"},
        {404: {"product": ODD_WORDS}, 422: {"quantity": [*NO_NUMBER, "0", "100", "6"]}},
    ),
    "shop.change_line": Form({"quantity": "2"}, {422: {"quantity": [*NO_NUMBER, "100", "6"]}}),
    "checkout.checkout": Form(
        {"name": "Ada Lovelace", "email": "ada@example.org", "remind": "y"},
        {
            422: {
                "name": [MISSING, "", " ", "x" * 121, LONG, *NO_LINE],
                "email": [MISSING, "", "ada", *NO_ADDRESS, "a" * 250 + "@b.org", LONG, "ada@exam\0ple.org"],
            }
        },
    ),
    "payments.attempt": Form(
        {"method": "sandbox_approve"}, {303: {"method": [*ODD_WORDS, "sandbox_approve\n", "SANDBOX_APPROVE"]}}
    ),
    "resume.attempt": Form(
        {"method": "sandbox_approve"}, {303: {"method": [*ODD_WORDS, "sandbox_approve\n", "SANDBOX_APPROVE"]}}
    ),
    "resume.look": Form(),
    "resume.order_again": Form(),  # tests/payments/page has those of what ended unpaid
    "resume.left": Form(),
    "payments.cancel": Form(),
    "payments.extend": Form(),
    "payments.abandon": Form(),
    "payments.left": Form(),
    "payments.look": Form(),
    "payments.want_back": Form(),
    "payments.want_letter": Form(),
    "cards.remove": Form(),
    "cards.make_link": Form(),
    "cards.follow": Form(),
    "cards.unlink": Form(),
    "refund_tracker.look": Form(),
    "login.login": Form(
        {"name": "admin", "password": PASSWORD},
        {422: {"name": [*ODD_WORDS, "Admin", "root"], "password": [*ODD_WORDS, PASSWORD + " ", PASSWORD.upper()]}},
    ),
    "login.logout": Form(),
    "search.find": Form({"q": "SC-1001"}, {200: {"q": ODD_WORDS[:-1]}}),
    "admin.check": Form(),
    "admin.capture": Form(),
    "admin.cancel": Form({"reason": "as asked"}, {422: {"reason": ["x" * 501, LONG, *NO_LINE]}}),
    "refunds.refund": Form(),  # of what was not taken nothing is asked; tests/admin has the others
    "inbox.look": Form(),
    "inbox.fulfil": Form(),
    "inbox.refund": Form(),
    "inbox.release": Form(),
    "inbox.seen": Form(),
    "products.add": Form(PRODUCT, {422: {**WRONG_PRODUCT, "currency": ["", "eur", "EURO", "ZZZ", "a\0b", LONG]}}),
    "products.change": Form(
        PRODUCT | {"shown_stock": "5"},
        {422: {name: [value for value in values if value is not MISSING] for name, values in WRONG_PRODUCT.items()}},
    ),
    "drill.start": Form({"scenario": "crash"}, {422: {"scenario": ODD_WORDS}}),
    "drill.set_monthly": Form({"wanted": "yes"}, {400: {"wanted": ODD_WORDS}}),
    "shipping_prices.set_price": Form(
        {"country": "DE", "currency": "EUR", "price": "4.90"},
        {
            422: {
                "country": [*ODD_WORDS, "de", "ZZ", "EU"],
                "currency": [MISSING, "", "eur", "EURO", "ZZZ", "a\0b", LONG],
                "price": [*NO_NUMBER[:2], "-1", "0.001", "1,234", "NaN", "9" * 5000, "1000000", "١٢", "$12", "a\0b"],
            }
        },
    ),
    "shipping_prices.remove": Form(
        {"country": "DE", "currency": "EUR"},
        {422: {"country": [*ODD_WORDS, "de"], "currency": [MISSING, "", "eur", "ZZZ", LONG]}},
    ),
    "shop_identity.write": Form(
        {"name": "Pots", "slogan": "Made to last"},
        {422: {"name": ["x" * 61, LONG, *NO_LINE], "slogan": ["x" * 121, LONG, *NO_LINE]}},
    ),
    "shop_identity.remove_logo": Form(),
    "legal_editor.save": Form(
        {"act": "publish", "words": "Pay, and it is yours."}, {422: {"words": [MISSING, "x" * 100_001, "a\0b"]}}
    ),
    "fraud.add": Form(FRAUD_RULE, {422: WRONG_FRAUD_RULE}),
    "fraud.edit": Form(FRAUD_RULE, {422: WRONG_FRAUD_RULE}),
    "fraud.switch": Form({"is_on": "no"}, {400: {"is_on": [*ODD_WORDS, "true", "YES"]}}),
    "delivery.pack": Form(),
    "delivery.send": Form(
        {"carrier": "a bicycle", "tracking_url": "https://post.example/1"},
        {
            422: {
                "carrier": ["x" * 81, LONG, *NO_LINE],
                "tracking_url": ["http://post.example/1", "post", "javascript:alert(1)", "https://" + LONG, *NO_LINE],
            }
        },
    ),
    "order_notes.add": Form({"text": "rang"}, {422: {"text": [MISSING, "", " ", "x" * 2001, LONG, "a\0b"]}}),
    "products.set_sale": Form({"on_sale": "no"}, {400: {"on_sale": [*ODD_WORDS, "true", "YES"]}}),
    "keys.act": Form(
        {"act": "make", "name": "till"},
        {400: {"act": [*ODD_WORDS, "MAKE"]}, 422: {"name": [MISSING, "", " ", "x" * 77, LONG, *NO_LINE]}},
    ),
    "letters.try_again": Form(),
    "merchants_webhooks.act": Form(
        {"act": "create", "key": "a merchant", "url": "https://till.example/more", "type": "payment.completed"},
        {
            400: {"act": [*ODD_WORDS, "CREATE"]},
            422: {
                "key": ODD_WORDS,
                "url": [
                    MISSING,
                    "",
                    " ",
                    "till",
                    "http://till.example",
                    "https://10.0.0.1/",
                    "https://" + LONG,
                    *NO_LINE,
                ],
                "type": [word for word in ODD_WORDS if word is not MISSING],
            },
        },
    ),
    "merchants_webhooks.send_again": Form(),
    "bank.answer": Form({"answer": "confirm"}, {400: {"answer": [*ODD_WORDS, "CONFIRM", "yes"]}}),
}

# A reason may be given and need not be; a product keeps what is not sent.
NEEDS_NOTHING = {"admin.cancel", "delivery.send", "products.change"}


def test_every_form_is_listed(scene: Scene) -> None:
    forms = {rule.endpoint for rule in scene.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert set(FORMS) == {endpoint for endpoint in forms if not endpoint.startswith((*OF_API, BY_LINK))}


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_form_filled_in_right_is_taken(scene: Scene, endpoint: str) -> None:
    response = scene.visitor(endpoint).post(scene.path(endpoint), FORMS[endpoint].right)
    shows_a_secret = endpoint in ("keys.act", "merchants_webhooks.act")  # in the answer alone
    taken = (200,) if shows_a_secret else (204, 303)
    assert response.status_code in taken, response.text


@ON_BOTH
def test_a_wrong_field_is_refused_and_changes_nothing(scene: Scene) -> None:
    before = scene.books()
    for endpoint, form in FORMS.items():
        path, token = scene.path(endpoint), scene.visitor(endpoint).token()
        for status, name, value in _wrong_ways(form):
            filled_in = {**form.right, name: value, "csrf_token": token}
            data = {key: typed for key, typed in filled_in.items() if typed is not MISSING}
            response = scene.send(endpoint, path, "POST", data=data)
            assert response.status_code == status, f"{path} {name}={value!r:.80}"
            assert response.mimetype == "text/html"
            assert "<h1" in response.text
    assert scene.books() == before


def test_a_form_without_any_field_is_refused_or_needs_none(scene: Scene) -> None:
    before = scene.books()
    for endpoint, form in FORMS.items():
        if form.right and endpoint not in NEEDS_NOTHING:
            response = scene.visitor(endpoint).post(scene.path(endpoint))
            assert response.status_code in form.wrong, endpoint
    assert scene.books() == before


def test_files_in_the_place_of_text_are_refused(scene: Scene) -> None:
    before = scene.books()
    for endpoint, form in FORMS.items():
        if form.right and endpoint not in ("admin.cancel", "delivery.send"):  # whose fields may be empty
            files = {name: (BytesIO(b"x"), "x.txt") for name in form.right}
            response = scene.visitor(endpoint).post(scene.path(endpoint), files)
            assert response.status_code in form.wrong, endpoint
    assert scene.books() == before


def test_without_the_right_csrf_token_nothing_happens(scene: Scene) -> None:
    of_somebody_else = Shopper(scene.app.test_client()).token()
    before = scene.books()
    for endpoint, form in FORMS.items():
        path, right_token = scene.path(endpoint), scene.visitor(endpoint).token()
        for token in (MISSING, "", "wrong", of_somebody_else, LONG, "\0", "☃"):
            data = form.right if token is MISSING else {**form.right, "csrf_token": token}
            response = scene.send(endpoint, path, "POST", data=data)
            assert _is_refused(response), f"{endpoint}: {token!r:.40}"
        without_cookie = {**form.right, "csrf_token": right_token}
        assert _is_refused(_send(Shopper(scene.app.test_client()), path, data=without_cookie))
    assert scene.books() == before


def test_a_body_that_is_no_form_is_refused(scene: Scene) -> None:
    before = scene.books()
    for endpoint in FORMS:
        for content_type, body in (
            ("application/json", b'{"product": "kettle", "quantity": "1", "method": "sandbox_approve"}'),
            ("text/plain", b"product=kettle&quantity=1&method=sandbox_approve"),
            ("multipart/form-data", b"no boundary"),
            ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
            ("multipart/form-data; boundary=" + "x" * 5000, b"--"),
            ("application/x-www-form-urlencoded; charset=utf-7", b"%ff%fe=%00&&&==;%"),
            ("\xff\xfe", b"\x00"),
            ("", b"product=kettle"),
        ):
            response = scene.send(endpoint, scene.path(endpoint), "POST", data=body, content_type=content_type)
            assert response.status_code == 400 or _is_refused(response), f"{endpoint}: {content_type[:60]}"
    assert scene.books() == before


def test_a_signed_out_browser_can_do_nothing_in_the_admins_rooms(scene: Scene) -> None:
    before = scene.books()
    for endpoint, form in FORMS.items():
        if endpoint.partition(".")[0] in ADMIN_ROOMS:
            for referrer in ("", "http://[", "\xff", "https://evil.example/admin", "/admin/products"):
                headers = {"Referer": referrer}
                response = scene.stranger.post(scene.path(endpoint), form.right, headers=headers)
                assert response.status_code == 303
                assert response.location.startswith("/admin/login")
    assert scene.books() == before


def _is_refused(answer: TestResponse) -> bool:
    """For want of the right token: in words, or by way of the payment page, where the words stand."""
    return (answer.status_code == 400 and "Reload the page" in answer.text) or refusal(answer) == "FormTooOld"


def _wrong_ways(form: Form) -> Iterator[tuple[int, str, Any]]:
    for status, fields in form.wrong.items():
        for name, values in fields.items():
            for value in values:
                yield status, name, value


def _send(visitor: Shopper, path: str, **more: Any) -> TestResponse:
    return Context().run(visitor.client.post, path, **more)
