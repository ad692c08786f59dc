"""Going on by phone: a code on the payment page leads another device to this payment, and ends with it."""

from datetime import timedelta
from io import BytesIO

import pytest
import segno
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.page import recovery_links
from smartcart.payments.page.phone import OF_NO_TIME
from smartcart.payments.page.recovery_links import Purpose
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

NOT_FROM_AFAR = "No phone finds this computer’s own address."


@pytest.fixture
def phone(app: Flask) -> Shopper:
    """Another device, which has the code and nothing else."""
    return Shopper(app.test_client())


def code_of(shopper: Shopper, session: str) -> str:
    """The path that the code on the payment page says, as the first test below reads it."""
    assert f'src="/pay/{session}/phone.svg"' in shopper.get(f"/pay/{session}").text
    return f"/resume/{recovery_links.token(session, OF_NO_TIME, Purpose.PHONE)}"


def test_the_phone_shows_the_payment_and_nothing_of_who_ordered(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    page = phone.get(code_of(shopper, session))
    assert page.status_code == 200
    assert 'data-state="created"' in page.text
    for kept in ("Ada Lovelace", "ada@example.org", session, 'data-testid="cancel"', 'data-testid="go-on-by-phone"'):
        assert kept not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_the_code_is_a_picture_of_that_address_which_nobody_keeps(shopper: Shopper) -> None:
    session = shopper.order()
    picture, path = shopper.get(f"/pay/{session}/phone.svg"), code_of(shopper, session)
    drawn = BytesIO()
    segno.make(f"http://localhost{path}", error="m", micro=False).save(
        drawn, kind="svg", border=4, light="#fff", scale=4
    )
    assert picture.data == drawn.getvalue()
    assert picture.mimetype == "image/svg+xml"
    assert "no-store" in picture.headers["Cache-Control"]
    assert "style=" not in picture.text


def test_what_is_paid_by_phone_is_paid_on_the_screen_and_once(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    path = code_of(shopper, session)
    phone.post(f"{path}/attempts", {"method": "sandbox_approve"})
    wait_for(lambda: 'data-state="completed"' in shopper.get(f"/pay/{session}").text)
    assert queries.events_of(session)[1].actor == "phone"  # and not by a letter, which analytics counts
    assert 'data-state="completed"' in phone.get(path).text
    assert "go-on-by-phone" not in shopper.get(f"/pay/{session}").text
    assert shopper.get(f"/pay/{session}/phone.svg").status_code == 404


def test_the_code_ends_with_the_payment_and_a_letters_link_does_not(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    path, letter = code_of(shopper, session), recovery_links.token(session, clock.now())
    shopper.post(f"/pay/{session}/cancel")
    ended = queries.find(session).ended_at
    assert ended is not None
    clock.freeze(ended + timedelta(minutes=15))
    assert 'data-state="cancelled"' in phone.get(path).text
    clock.freeze(ended + timedelta(minutes=15, seconds=1))
    over = phone.get(path)
    assert over.status_code == 410
    assert "for as long as the payment was open" in over.text
    assert phone.get(f"/resume/{letter}").status_code == 200


def test_by_the_code_no_other_order_is_placed(shopper: Shopper, phone: Shopper) -> None:
    session = shopper.order()
    path = code_of(shopper, session)
    shopper.post(f"/pay/{session}/cancel")
    assert "/again" not in phone.get(path).text
    assert phone.get(f"{path}/again").location == path
    assert phone.post(f"{path}/again").location == path


def test_a_link_of_one_purpose_is_none_of_another(app: Flask, shopper: Shopper) -> None:
    session, now = shopper.order(), clock.now()
    assert recovery_links.token(session, now) != recovery_links.token(session, now, Purpose.PHONE)
    assert recovery_links.follow(recovery_links.token(session, now, Purpose.PHONE)).purpose is Purpose.PHONE


def test_a_shop_on_this_computer_alone_says_so(shopper: Shopper) -> None:
    session = shopper.order()
    assert NOT_FROM_AFAR in shopper.get(f"/pay/{session}").text
    far = shopper.get(f"/pay/{session}", base_url="http://shop.example").text
    assert "go-on-by-phone" in far
    assert NOT_FROM_AFAR not in far
