"""What is written down about an order."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from smartcart.database.session import db, writing
from smartcart.payments.core import queries
from smartcart.shop import notes
from smartcart.shop.note_model import OrderNote
from tests.admin.browser import AdminBrowser, rows
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

ORDER = "/admin/orders/SC-1001"


@pytest.fixture
def session(shopper: Shopper) -> str:
    return shopper.order()


def write(admin: AdminBrowser, text: str) -> TestResponse:
    return admin.post(f"{ORDER}/notes", {"text": text})


@ON_BOTH
def test_a_note_stands_on_its_order_with_who_and_when_the_oldest_first(admin: AdminBrowser, session: str) -> None:
    assert write(admin, "Rang: wants it on <Friday>.").status_code == 303
    write(admin, "Gave it to a neighbour.")
    first, second = rows(admin.get(ORDER).text, "note")
    assert first.endswith(" UTC , by admin Rang: wants it on <Friday>.")
    assert second.endswith("Gave it to a neighbour.")


@ON_BOTH
def test_pressed_twice_it_is_written_down_once(admin: AdminBrowser, session: str) -> None:
    for text in ("Rang.", "Rang.", "Wrote.", "Rang."):
        write(admin, text)
    assert [row.rpartition(" ")[2] for row in rows(admin.get(ORDER).text, "note")] == ["Rang.", "Wrote.", "Rang."]


@ON_BOTH
def test_the_database_changes_and_deletes_none(admin: AdminBrowser, session: str) -> None:
    write(admin, "Rang.")
    for change in (update(OrderNote).values(text="Did not ring."), delete(OrderNote)):
        with pytest.raises(DBAPIError, match="notes are only ever added"), writing():
            db.session.execute(change)
    assert len(rows(admin.get(ORDER).text, "note")) == 1


def test_what_is_no_note_is_refused_and_what_was_typed_stays(admin: AdminBrowser, session: str) -> None:
    answer = write(admin, "x" * 2001)
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    assert "A note can have at most 2000 characters." in answer.text
    assert "card number" in write(admin, "paid with 4242 4242 4242 4242").text
    assert rows(admin.get(ORDER).text, "note") == []


def test_the_shopper_is_shown_none(admin: AdminBrowser, shopper: Shopper, session: str) -> None:
    write(admin, "a difficult one")
    order = queries.find(session).order
    assert order
    assert notes.of_order(order.id)
    for page in (f"/pay/{session}", f"/orders/{order.token}", f"/api/payments/session/{session}/summary"):
        answer = shopper.get(page)
        assert answer.status_code == 200
        assert "a difficult one" not in answer.text
