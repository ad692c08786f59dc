"""A program makes, changes and takes away the webhooks of its own key."""

import pytest
from flask import Flask

from smartcart.merchant_webhooks import endpoints
from tests.support.caller import Caller, by_cookie, by_key
from tests.support.shopper import Shopper

URL = "https://till.example/webhooks"


def make(merchant: Caller, url: str = URL, **more: object) -> dict[str, object]:
    made = merchant.post("/webhooks", {"url": url, **more})
    assert made.status_code == 201, made.text
    return dict(made.get_json())


def test_its_secret_is_shown_once(merchant: Caller) -> None:
    made = make(merchant, types=["payment.completed"], thin=True)
    secret = str(made.pop("secret"))
    assert secret.startswith("whsec_")
    assert (made["types"], made["thin"], made["off_at"]) == (["payment.completed"], True, None)
    listed = merchant.get("/webhooks")
    assert listed.get_json() == {"webhooks": [made]}
    assert merchant.get(f"/webhooks/{made['id']}").get_json() == made


def test_another_secret_is_shown_once_too(merchant: Caller) -> None:
    made = make(merchant)
    anew = merchant.post(f"/webhooks/{made['id']}/rotate").get_json()
    assert endpoints.secrets(endpoints.find(str(made["id"]))) == [anew["secret"], made["secret"]]


def test_switched_off_it_can_be_switched_on(merchant: Caller) -> None:
    made = make(merchant)
    endpoints.switch_off(endpoints.find(str(made["id"])), "nobody was there")
    assert merchant.get(f"/webhooks/{made['id']}").get_json()["off_because"] == "nobody was there"
    assert merchant.post(f"/webhooks/{made['id']}/switch-on").get_json()["off_at"] is None


def test_taken_away_it_is_gone(merchant: Caller) -> None:
    made = make(merchant)
    assert merchant.post(f"/webhooks/{made['id']}/remove").status_code == 204
    assert merchant.get("/webhooks").get_json() == {"webhooks": []}
    assert merchant.post(f"/webhooks/{made['id']}/remove").status_code == 404


@pytest.mark.parametrize("act", ["", "/rotate", "/switch-on", "/remove"])
def test_of_anothers_it_is_not_even_said_that_they_are_there(app: Flask, merchant: Caller, act: str) -> None:
    made, other = make(merchant), by_key(app, "another", is_admin=True)
    path = f"/webhooks/{made['id']}{act}"
    assert (other.post(path) if act else other.get(path)).status_code == 404
    assert other.get("/webhooks").get_json() == {"webhooks": []}
    assert endpoints.find(str(made["id"])).secret == made["secret"]


def test_a_browser_has_none(shopper: Shopper) -> None:
    assert by_cookie(shopper).get("/webhooks").status_code == 401
    assert by_cookie(shopper).post("/webhooks", {"url": URL}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "till.example"},
        {"url": "https://192.168.1.1/"},
        {"url": "https://till.example/4242424242424242"},
        {"url": URL, "types": ["payment.imagined"]},
        {"url": URL, "types": "payment.completed"},
        {"url": URL, "secret": "my own"},
    ],
)
def test_what_is_unfit_is_refused_and_nothing_is_made(merchant: Caller, body: dict[str, object]) -> None:
    assert merchant.post("/webhooks", body).status_code == 422
    assert endpoints.of_all() == []


def test_an_address_is_told_once_and_a_key_has_a_bounded_number(app: Flask, merchant: Caller) -> None:
    made = [make(merchant, f"{URL}/{number}") for number in range(endpoints.MOST)]
    again = merchant.post("/webhooks", {"url": f"{URL}/0"})
    assert (again.status_code, "already" in again.text) == (422, True)
    assert "at most" in merchant.post("/webhooks", {"url": f"{URL}/more"}).text
    make(by_key(app, "another"), f"{URL}/0")
    assert len(endpoints.of_all()) == len(made) + 1
