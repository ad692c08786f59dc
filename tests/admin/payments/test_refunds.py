"""The admin gives money back: says how much, is shown what it means, and confirms. No JavaScript is needed."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from smartcart.config import Settings
from smartcart.gateways.books import RefundAnswer
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core.queries import find
from smartcart.payments.flow import desk
from smartcart.payments.refunds import calls, transitions
from smartcart.rules.payment_states import State
from tests.admin.browser import AdminBrowser, rows
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.visitor import words
from tests.support.waiting import wait_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Patient: on a busy machine the sandbox's 0.3 s may take much longer, and here nobody's patience is tested."""
    return settings.model_copy(update={"payment_timeout": 20.0})


@pytest.fixture
def paid(shopper: Shopper) -> str:
    """The id of a session of 42 euros that is paid."""
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: desk.confirm(session, "shopper").state is State.COMPLETED)
    return session


def form_of(page: TestResponse) -> dict[str, str]:
    """What the form on a page would send, as it stands."""
    html = page.text[page.text.index("/refund") :]
    return {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)[1]  # type: ignore[index]
        for name in ("refund_id", "amount", "reason")
    }


def ask(admin: AdminBrowser, session: str, **typed: str) -> TestResponse:
    """Fill the form in on the payment's page, and go on."""
    form = form_of(admin.get(f"/admin/sessions/{session}"))
    return admin.post(f"/admin/sessions/{session}/refund", {**form, **typed})


def confirm(admin: AdminBrowser, session: str, asked: TestResponse) -> TestResponse:
    """Press the button of the page that shows what it means."""
    assert asked.status_code == 200, words(asked.text)
    return admin.post(f"/admin/sessions/{session}/refund", {**form_of(asked), "confirmed": "yes"})


def refunded(sandbox: Sandbox) -> list[int]:
    return [charge.refunded for charge in sandbox.charges()]


def test_nothing_goes_back_before_it_is_confirmed(admin: AdminBrowser, paid: str, sandbox: Sandbox) -> None:
    asked = ask(admin, paid, amount="10.50", reason="a broken cup")
    for shown in ("Give €10.50 back?", "Taken €42.00", "Left afterwards €31.50", "a broken cup", "cannot be undone"):
        assert shown in words(asked.text)
    assert refunded(sandbox) == [0]
    answer = confirm(admin, paid, asked)
    assert (answer.status_code, answer.location) == (303, f"/admin/sessions/{paid}")
    assert refunded(sandbox) == [1050]


def test_a_part_that_went_back_is_shown_everywhere(admin: AdminBrowser, shopper: Shopper, paid: str) -> None:
    confirm(admin, paid, ask(admin, paid, amount="10", reason="a broken cup"))
    page = admin.get(f"/admin/sessions/{paid}").text
    assert "€10.00 is given back." in page
    assert rows(page, "money") == ["Taken, €10.00 of it returned"]
    assert rows(page, "given-back") == ["€10.00 of €42.00"]
    assert re.fullmatch(r"€10\.00 Made a broken cup .* UTC admin", rows(page, "refund-made")[0])
    assert "Giving money back was asked for: €10.00, a broken cup." in rows(page, "event")[-2]
    assert "Money was given back: €10.00." in rows(page, "event")[-1]
    assert rows(admin.get("/admin/orders/SC-1001").text, "given-back") == ["€10.00"]
    assert "€32.00" in admin.read("/admin")  # taken today
    assert "€10.00 of €42.00 was returned." in words(shopper.get(f"/pay/{paid}").text)
    order = find(paid).order
    assert order
    assert "€42.00 taken, once. €10.00 of it was given back." in words(shopper.get(f"/orders/{order.token}").text)


def test_all_of_it_ends_the_payment_and_the_order(admin: AdminBrowser, shopper: Shopper, paid: str) -> None:
    confirm(admin, paid, ask(admin, paid))
    assert find(paid).state is State.REFUNDED
    page = admin.get(f"/admin/sessions/{paid}").text
    assert rows(page, "money") == ["Returned"]
    assert 'data-testid="refund"' not in page
    assert rows(admin.get("/admin/orders/SC-1001").text, "order-status") == ["Refunded"]
    assert "Your money was returned" in shopper.get(f"/pay/{paid}").text


def test_it_begins_at_the_orders_page_too(admin: AdminBrowser, paid: str, sandbox: Sandbox) -> None:
    page = admin.get("/admin/orders/SC-1001")
    asked = admin.post(f"/admin/sessions/{paid}/refund", {**form_of(page), "amount": "2"})
    confirm(admin, paid, asked)
    assert refunded(sandbox) == [200]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "42.01"}, "€42.00 at most can still be given back"),
        ({"amount": "0"}, "The sum must be from 0.01"),
        ({"amount": "-1"}, "Write the sum in digits, like 42.00 or 42,00"),
        ({"amount": "1,234"}, "Write the sum in digits"),
        ({"amount": ""}, "Please say how much."),
        ({"reason": "x" * 501}, "The reason can have at most 500"),
        ({"reason": "a\0b"}, "without control characters"),
        ({"reason": "for 4242.4242.4242.4242"}, "This looks like a card number"),
        ({"refund_id": "x"}, "Please open this form again."),
    ],
)
def test_what_cannot_be_given_back_is_refused_and_not_lost(
    admin: AdminBrowser, paid: str, sandbox: Sandbox, typed: dict[str, Any], said: str
) -> None:
    answer = ask(admin, paid, **typed)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert refunded(sandbox) == [0]


def test_the_sum_may_be_typed_with_a_comma(admin: AdminBrowser, paid: str, sandbox: Sandbox) -> None:
    confirm(admin, paid, ask(admin, paid, amount="10,00"))
    assert refunded(sandbox) == [1000]


@ON_BOTH
def test_a_confirmation_sent_twice_is_one_refund(admin: AdminBrowser, paid: str, sandbox: Sandbox) -> None:
    asked = ask(admin, paid)
    for _ in range(2):
        assert confirm(admin, paid, asked).status_code == 303
    assert refunded(sandbox) == [4200]
    assert len(rows(admin.get(f"/admin/sessions/{paid}").text, "refund-made")) == 1


@pytest.mark.parametrize("amount", ["abc", "", "0", "9999", "1.001"])
def test_a_confirmation_sent_again_with_another_sum_is_still_the_one_refund(
    admin: AdminBrowser, paid: str, sandbox: Sandbox, amount: str
) -> None:
    asked = ask(admin, paid, amount="10")
    confirm(admin, paid, asked)
    again = admin.post(f"/admin/sessions/{paid}/refund", {**form_of(asked), "amount": amount, "confirmed": "yes"})
    assert again.status_code == 303
    assert "€10.00 is given back." in admin.get(f"/admin/sessions/{paid}").text
    assert refunded(sandbox) == [1000]


@ON_BOTH
def test_two_forms_open_at_once_give_back_no_more_than_was_taken(
    admin: AdminBrowser, paid: str, sandbox: Sandbox
) -> None:
    first, second = ask(admin, paid, amount="30"), ask(admin, paid, amount="20")
    confirm(admin, paid, first)
    answer = admin.post(f"/admin/sessions/{paid}/refund", {**form_of(second), "confirmed": "yes"})
    assert answer.status_code == 422
    assert "€12.00 at most" in words(answer.text)
    assert refunded(sandbox) == [3000]


def test_an_answer_that_did_not_come_is_told_as_such_and_renews_itself(
    admin: AdminBrowser, paid: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as silent:
        silent.setattr(sandbox, "refund", lambda *_: RefundAnswer.UNKNOWN)
        confirm(admin, paid, ask(admin, paid, amount="10"))
    page = admin.get(f"/admin/sessions/{paid}")
    assert "€10.00 is given back as soon as the gateway answers." in page.text
    assert "Requested" in rows(page.text, "refund-made")[0]
    assert find(paid).refunded == 0
    [asked] = transitions.of_session(paid)
    calls.make(asked.id, "reconciler")
    assert "Made" in rows(admin.renew(page).text, "refund-made")[0]


def test_a_refusal_is_told_and_kept_in_the_inbox(
    admin: AdminBrowser, paid: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "refund", lambda *_: RefundAnswer.REFUSED)
    confirm(admin, paid, ask(admin, paid, amount="10"))
    page = admin.get(f"/admin/sessions/{paid}").text
    assert "The gateway refused to give €10.00 back. Nothing was given back." in page
    assert "Money that could not be given back" in admin.read("/admin/inbox")


def test_what_was_not_taken_has_no_form(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    assert 'data-testid="refund"' not in admin.get(f"/admin/sessions/{session}").text
    assert "no money of this payment" in admin.read(f"/admin/sessions/{session}/refund")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_not_signed_in_gives_nothing_back(somebody: AdminBrowser, paid: str, method: str) -> None:
    path = f"/admin/sessions/{paid}/refund"
    answer = somebody.get(path) if method == "GET" else somebody.post(path, {"confirmed": "yes"})
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")
    assert find(paid).refunded == 0


def test_a_form_of_another_site_gives_nothing_back(admin: AdminBrowser, paid: str) -> None:
    form = {**form_of(admin.get(f"/admin/sessions/{paid}")), "confirmed": "yes"}
    assert admin.client.post(f"/admin/sessions/{paid}/refund", data=form).status_code == 400
    assert find(paid).refunded == 0


def test_an_unknown_payment_is_not_found(admin: AdminBrowser) -> None:
    assert admin.get(f"/admin/sessions/{'x' * 32}/refund").status_code == 404
    assert admin.post(f"/admin/sessions/{'x' * 32}/refund").status_code == 404


def test_a_dispute_is_shown(admin: AdminBrowser, shopper: Shopper, paid: str, sandbox: Sandbox) -> None:
    sandbox.ledger.dispute(find(paid).reference or "", 4200)
    calls.follow(paid)
    page = admin.get(f"/admin/sessions/{paid}").text
    assert "The shopper's bank disputes this payment" in words(page)
    assert "A dispute: the shopper's bank asks for €42.00 back." in words(page)
    assert "Your bank has asked us to return this money" in words(shopper.get(f"/pay/{paid}").text)
    sandbox.ledger.dispute(find(paid).reference or "", 4200, "lost")
    calls.follow(paid)
    assert "Lost: the shopper's bank has got the money back" in admin.read(f"/admin/sessions/{paid}")
    assert "Your bank has got your money back for you." in words(shopper.get(f"/pay/{paid}").text)
