"""Webhooks in the admin: made, given another secret, read, sent again, switched on, taken away."""

import re

import pytest
from flask import Flask
from sqlalchemy import update

from smartcart import clock
from smartcart.admin.access import LARGEST_ID
from smartcart.database.session import execute, writing
from smartcart.merchant_webhooks import deliveries, endpoints
from smartcart.merchant_webhooks.models import DeliveryFate, WebhookDelivery
from smartcart.payments.core import merchant_feed
from tests.admin.browser import AdminBrowser, rows
from tests.support.caller import Caller, by_key
from tests.support.visitor import words

WEBHOOKS, URL = "/admin/webhooks", "https://till.example/webhooks"


@pytest.fixture
def merchant(app: Flask) -> Caller:
    return by_key(app, "till")


@pytest.fixture
def webhook(admin: AdminBrowser, merchant: Caller) -> str:
    """One of the merchant; returns its id."""
    make(admin)
    return endpoints.of_all()[0].id


@pytest.fixture
def delivery(merchant: Caller, webhook: str) -> WebhookDelivery:
    """One of it that was given up."""
    merchant.create("A-17")
    merchant_feed.give_numbers()
    deliveries.read_on()
    answered = {
        "tried_at": clock.now(),
        "took": 0.25,
        "status": 500,
        "answer": "<b>out</b>",
        "problem": "it answered 500",
    }
    with writing():
        execute(update(WebhookDelivery).values(fate=DeliveryFate.GIVEN_UP, due_at=None, tries=10, **answered))
    return deliveries.newest(webhook, LARGEST_ID)[0]


def make(admin: AdminBrowser, **more: str) -> str:
    answer = admin.post(WEBHOOKS, {"act": "create", "key": "till", "url": URL, **more})
    assert answer.status_code == 200, words(answer.text)
    return shown_secret(answer.text)


def act(admin: AdminBrowser, what: str, webhook: str) -> str:
    answer = admin.post(WEBHOOKS, {"act": what, "webhook": webhook})
    assert answer.status_code == 200, words(answer.text)
    return answer.text


def shown_secret(page: str) -> str:
    found = re.search(r'data-testid="new-secret">(whsec_[^<]+)<', page)
    assert found, words(page)
    return found[1].replace("&#43;", "+").replace("&#61;", "=")


def test_before_there_is_a_key_it_says_what_to_do(admin: AdminBrowser) -> None:
    assert "First make a key for the other software." in admin.read(WEBHOOKS)


def test_its_secret_is_shown_once(admin: AdminBrowser, merchant: Caller) -> None:
    secret = make(admin, type="payment.completed", thin="on")
    [made] = endpoints.of_all()
    assert (made.secret, made.types, made.is_thin) == (secret, ["payment.completed"], True)
    page = admin.get(WEBHOOKS).text
    assert secret not in page
    [row] = rows(page, "webhook")
    assert row.startswith(f"{URL} till payment.completed, by its id alone on")


def test_another_secret_is_shown_once_too(admin: AdminBrowser, webhook: str) -> None:
    secret = shown_secret(act(admin, "rotate", webhook))
    assert endpoints.find(webhook).secret == secret
    assert secret not in admin.get(WEBHOOKS).text


def test_switched_off_it_is_said_until_somebody_switches_it_on(admin: AdminBrowser, webhook: str) -> None:
    assert "switched off" not in admin.read("/admin")
    endpoints.switch_off(endpoints.find(webhook), "nobody was there")
    assert "1 webhook was switched off." in admin.read("/admin")
    assert "switched off: nobody was there" in rows(admin.get(WEBHOOKS).text, "webhook")[0]
    act(admin, "switch_on", webhook)
    assert endpoints.find(webhook).off_at is None
    assert "switched off" not in admin.read("/admin")


def test_taken_away_it_is_gone(admin: AdminBrowser, webhook: str) -> None:
    act(admin, "remove", webhook)
    assert "There are no webhooks yet." in admin.read(WEBHOOKS)
    assert admin.get(f"{WEBHOOKS}/{webhook}").status_code == 404


def test_a_delivery_is_read_with_request_and_answer(
    admin: AdminBrowser, webhook: str, delivery: WebhookDelivery
) -> None:
    [row] = rows(admin.get(f"{WEBHOOKS}/{webhook}").text, "delivery")
    assert row.endswith("Given up: it answered 500")
    page = admin.get(f"{WEBHOOKS}/deliveries/{delivery.id}").text
    said = words(page)
    assert f"webhook-id: {delivery.event_id}" in said
    assert "A-17" in said
    assert "500, after 0.25 s" in said
    assert "&lt;b&gt;out&lt;/b&gt;" in page
    assert "v1," not in page
    assert endpoints.find(webhook).secret not in page


def test_given_up_it_is_sent_again_by_a_press(admin: AdminBrowser, delivery: WebhookDelivery) -> None:
    page = f"{WEBHOOKS}/deliveries/{delivery.id}"
    assert admin.post(f"{page}/again").location == page
    again = deliveries.find(delivery.id)
    assert again
    assert (again.fate, again.tries, again.event_id) == (DeliveryFate.WAITING, 0, delivery.event_id)
    assert again.due_at
    admin.post(f"{page}/again")
    assert "There was nothing to do: it is on its way." in admin.read(page)


@pytest.mark.parametrize("page", ["", "/one", "/deliveries/1"])
def test_nobody_outside_reads_them(somebody: AdminBrowser, page: str) -> None:
    assert somebody.get(f"{WEBHOOKS}{page}").status_code == 303


@pytest.mark.parametrize("page", ["/one", "/deliveries/1", f"/deliveries/{10**30}"])
def test_what_is_not_there_is_not_found(admin: AdminBrowser, page: str) -> None:
    assert admin.get(f"{WEBHOOKS}{page}").status_code == 404
