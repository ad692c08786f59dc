"""A shop under a path of its host, whether the proxy in front hands the whole path on or leaves the shop's part out."""

import re

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.web.addresses import full_url
from tests.support.shopper import Shopper, product

# Where a page leads, and what it loads.
LEADS_TO = re.compile(r'\b(?:href|src|action|hx-get|data-left|data-address)="([^"#]+)"')


@pytest.fixture
def under_a_path(settings: Settings, sandbox: Sandbox) -> Flask:
    return create_app(settings.model_copy(update={"base_url": "http://shop.example/fine/shop"}), sandbox)


@pytest.mark.parametrize("page", ["/", "/cart", "/admin/login"])
def test_both_ways_lead_to_the_same_page(under_a_path: Flask, page: str) -> None:
    client = under_a_path.test_client()
    whole, rest = client.get(f"/fine/shop{page}"), client.get(page)
    assert whole.status_code == rest.status_code == 200
    led = LEADS_TO.findall(whole.text)
    assert led == LEADS_TO.findall(rest.text)
    assert all(to.startswith("/fine/shop/") for to in led), led


def test_an_uploaded_picture_is_under_the_path_too(under_a_path: Flask) -> None:
    with under_a_path.app_context():
        product("lamp", picture="/pictures/a.png")
        led = LEADS_TO.findall(under_a_path.test_client().get("/fine/shop/").text)
    assert "/fine/shop/pictures/a.png" in led
    assert all(to.startswith("/fine/shop/") for to in led), led


def test_the_bare_path_is_the_catalogue(under_a_path: Flask) -> None:
    assert under_a_path.test_client().get("/fine/shop").status_code == 200


def test_a_path_that_only_begins_alike_is_another(under_a_path: Flask) -> None:
    assert under_a_path.test_client().get("/fine/shopping").status_code == 404


def test_a_poll_answers_before_flask_and_stays_under_the_path(under_a_path: Flask) -> None:
    with under_a_path.app_context():
        shopper = Shopper(under_a_path.test_client())
        session = shopper.order()
        fragment = shopper.get(f"/fine/shop/pay/{session}/status")
        assert f'hx-get="/fine/shop/pay/{session}/status' in fragment.text
        by_flask = shopper.get(f"/fine/shop/pay/{session}/status?seen=0&")
        assert LEADS_TO.findall(fragment.text) == LEADS_TO.findall(by_flask.text)


def test_a_form_that_no_page_is_at_leads_to_the_page_above_it(under_a_path: Flask) -> None:
    with under_a_path.app_context():
        session = Shopper(under_a_path.test_client()).order()
        led = under_a_path.test_client().get(f"/fine/shop/pay/{session}/attempts")
    assert led.location == f"/fine/shop/pay/{session}"


def test_who_is_to_sign_in_is_led_back_to_the_page_they_wanted(under_a_path: Flask) -> None:
    client = under_a_path.test_client()
    asked = client.get("/fine/shop/admin/sessions")
    assert asked.location == "/fine/shop/admin/login?next=/admin/sessions"
    assert 'name="next" value="/fine/shop/admin/sessions"' in client.get(asked.location).text


def test_whoever_is_elsewhere_is_told_the_path_once(under_a_path: Flask) -> None:
    with under_a_path.test_request_context("/cards", base_url="http://shop.example/fine/shop"):
        assert full_url("resume.come_back", link_token="x") == "http://shop.example/fine/shop/resume/x/return"
