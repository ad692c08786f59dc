"""Whoever types or sends a card's number is told at once, and the shop keeps nothing of it."""

import logging
from time import process_time
from typing import Any

import pytest

from smartcart.database.session import db
from smartcart.payments.api.schemas import refuse_card_numbers_in
from tests.support.refused import refusal
from tests.web.scene import BODIES, Scene

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "3782-822463-10005",
    "my card: 5555555555554444 12/30 123",
    "4242.4242.4242.4242",
    "４２４２＿４２４２＿４２４２＿４２４２",
]
# What a page of payments does not ask for it refuses too.
FIELDS = {
    "checkout.checkout": ("name", "email"),
    "payments.attempt": ("method", "card"),
    **{f"payments.{name}": ("reason",) for name in ("cancel", "extend", "abandon", "look", "left")},
    # What the admin writes is kept as well.
    "admin.cancel": ("reason",),
    "products.add": ("name", "description"),
    "products.change": ("name", "description"),
}


RIGHT = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "price": "1.00",
    "currency": "EUR",
    "stock": "1",
    "shown_stock": "1",
}


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_a_form_with_a_card_number_is_refused_in_a_sentence(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    before = _books(scene)
    for endpoint, name, card in ((each, name, card) for each in FIELDS for name in FIELDS[each] for card in CARDS):
        form = {**RIGHT, name: card}
        response = scene.visitor(endpoint).post(scene.path(endpoint), form)
        if endpoint.startswith("payments."):
            assert refusal(response) == "CardNumberGiven", f"{endpoint} {name}"
            continue
        assert response.status_code == 422, f"{endpoint} {name}"
        assert "This looks like a card number" in response.text
    assert _books(scene) == before
    assert not [card for card in CARDS if card in caplog.text]


def test_a_body_with_a_card_number_is_refused_and_its_field_named(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    before = _books(scene)
    for endpoint, right in BODIES.items():
        for name, value in [*((field, CARDS[0]) for field in right), *_elsewhere()]:
            headers = {"Idempotency-Key": f"{endpoint} {name}"}
            response = scene.send(endpoint, scene.path(endpoint), "POST", json={**right, name: value}, headers=headers)
            problem = response.get_json()
            assert (response.status_code, problem["code"]) == (422, "card_number"), f"{endpoint} {name}"
            assert [error["field"] for error in problem["errors"]] == [name]
            assert "4242" not in response.text
    assert _books(scene) == before
    assert not [card for card in CARDS if card in caplog.text]


def test_an_idempotency_key_that_is_one_is_refused_and_not_kept(scene: Scene) -> None:
    before = _books(scene)
    for endpoint, right in BODIES.items():
        for card in CARDS[:5]:
            response = scene.send(
                endpoint, scene.path(endpoint), "POST", json=right, headers={"Idempotency-Key": f"order {card}"}
            )
            assert (response.status_code, response.get_json()["code"]) == (422, "card_number"), endpoint
    assert _books(scene) == before


def test_an_idempotency_key_that_is_too_long_to_be_kept_is_refused_in_no_time(scene: Scene) -> None:
    endpoint, began = "payments_api.create", process_time()
    headers = {"Idempotency-Key": "4-" * 150_000}
    response = scene.send(endpoint, scene.path(endpoint), "POST", json=BODIES[endpoint], headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (422, "idempotency_key")
    assert process_time() - began < 1.0


def test_what_lies_deep_in_a_body_is_looked_through_in_no_time() -> None:
    deep: Any = ["a"] * 14_000
    for _ in range(900):
        deep = {"a": deep}
    began = process_time()
    refuse_card_numbers_in(deep)
    assert process_time() - began < 0.2


def _elsewhere() -> list[tuple[str, Any]]:
    """As a number, deeper in, and as a name."""
    card = int(CARDS[0])
    return [("amount", card), ("metadata", {"note": CARDS[1]}), ("list", [[card]]), ("more", {CARDS[2]: 1})]


def test_written_in_escapes_it_is_the_same_number(scene: Scene) -> None:
    body = '{"reference": "\\u0034242\\u00204242 4242 4242", "amount": 4200, "currency": "EUR"}'
    response = scene.send("payments_api.create", scene.path("payments_api.create"), "POST", data=body)
    assert (response.status_code, response.get_json()["code"]) == (422, "card_number")


def test_in_the_page_the_sentence_stands_above_the_truth(scene: Scene) -> None:
    path = scene.path("payments.attempt")
    response = scene.visitor("payments.attempt").post(path, {"method": CARDS[0]}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "Type card details only into the card form" in response.text
    assert 'data-state="created"' in response.text


def _books(scene: Scene) -> str:
    """With the answers that are kept for idempotency keys."""
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql("select count(*) from kept_answer").scalar()
    return f"{scene.books()} {kept}"
