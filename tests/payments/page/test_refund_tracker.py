"""Who waits for their money follows it on a page, step by step."""

from html import unescape

import pytest
from flask import Flask

from smartcart.database.session import writing
from smartcart.gateways.books import Balance, RefundAnswer, RefundInBooks
from smartcart.ids import new_id
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.flow import desk
from smartcart.payments.page import refund_copy
from smartcart.payments.refunds import calls, from_books, transitions
from tests.payments.opened import make_refund, open_session, order_of, time_passes
from tests.payments.paying import pay_new_session, settled
from tests.payments.scripted import Scripted
from tests.support.shopper import Shopper, product
from tests.support.visitor import words

A_DAY = 86400


@pytest.fixture
def reader(scripted_shop: Flask) -> Shopper:
    return Shopper(scripted_shop.test_client())


@pytest.fixture
def paid(reader: Shopper) -> str:
    return pay_new_session()


def address(session: str) -> str:
    return f"/orders/{order_of(session).token}/refunds"


def read(reader: Shopper, session: str) -> str:
    """What the page says."""
    response = reader.get(address(session))
    assert response.status_code == 200
    return words(unescape(response.text.partition("<main")[2].partition("</main>")[0]))


def ask_for(session: str, amount: int | None = None) -> str:
    """A refund that the gateway was not asked for yet."""
    refund_id = new_id()
    transitions.request(session, amount, "the owner's own reason", "admin", refund_id)
    return refund_id


def test_one_that_was_made_says_each_step_and_by_when_it_is_seen(reader: Shopper, paid: str) -> None:
    ask_for(paid)
    time_passes(60)
    make_refund(paid)
    page = read(reader, paid)
    assert "€42.00 was given back" in page
    assert "Asked for: 22 Nov 2026, 10:00 UTC" in page
    assert "Taken up by the payment service: 22 Nov 2026, 10:01 UTC" in page
    assert "Sent to your bank: 22 Nov 2026, 10:01 UTC" in page
    assert "5 to 10 business days: by 4 Dec 2026." in page  # the 22nd is a Sunday


def test_one_that_was_asked_for_waits(reader: Shopper, paid: str) -> None:
    ask_for(paid)
    page = read(reader, paid)
    assert refund_copy.ASKED in page
    assert "Taken up by the payment service: not yet Sent to your bank: not yet" in page


def test_one_that_the_gateway_has_is_said_to_be_there(reader: Shopper, paid: str) -> None:
    ask_for(paid)
    time_passes(60)
    make_refund(paid, RefundAnswer.PENDING)
    time_passes(60)
    make_refund(paid, RefundAnswer.PENDING)
    page = read(reader, paid)
    assert refund_copy.ACCEPTED in page
    assert "Taken up by the payment service: 22 Nov 2026, 10:01 UTC Sent to your bank: not yet" in page


def test_one_that_was_begun_at_the_gateway_is_there_already(reader: Shopper, paid: str) -> None:
    begun = RefundInBooks("re_1", "", 1000, RefundAnswer.PENDING)
    from_books.take_up(paid, Balance(charged=4200, refunded=0, refunds=(begun,)))
    page = read(reader, paid)
    assert "€10.00 is on its way back to you" in page
    assert refund_copy.ACCEPTED in page


def test_one_that_came_back_later_keeps_its_steps_and_says_so(reader: Shopper, paid: str, gateway: Scripted) -> None:
    refund = desk.refund(paid, "admin")
    assert settled(refund.id) is RefundState.MADE
    time_passes(9 * A_DAY)
    gateway.ledger.fail_refund(refund.id)
    calls.follow(paid)
    page = read(reader, paid)
    assert "€42.00 came back to the shop" in page
    assert refund_copy.FAILED in page
    assert "Sent to your bank: 22 Nov 2026, 10:00 UTC" in page
    assert "Did not reach you: 1 Dec 2026, 10:00 UTC" in page


def test_one_that_was_refused_was_never_sent(reader: Shopper, paid: str) -> None:
    make_refund(paid, RefundAnswer.REFUSED)
    page = read(reader, paid)
    assert refund_copy.REFUSED in page
    assert refund_copy.STEPS[refund_copy.Step.MADE] not in page


def test_each_of_several_is_told(reader: Shopper, paid: str) -> None:
    ask_for(paid, 1000)
    make_refund(paid)
    ask_for(paid, 200)
    page = read(reader, paid)
    assert "€10.00 was given back" in page
    assert "€2.00 is on its way back to you" in page


def test_what_a_dispute_has_brought_back_is_the_bank_s_to_say(reader: Shopper, paid: str, gateway: Scripted) -> None:
    reference = next(gateway.charges()).reference
    gateway.ledger.dispute(reference, 4200, "lost")
    calls.follow(paid)
    assert refund_copy.BY_DISPUTE in read(reader, paid)


def test_the_owner_s_reason_is_not_the_shopper_s_to_read(reader: Shopper, paid: str) -> None:
    ask_for(paid)
    assert "own reason" not in reader.get(address(paid)).text


def test_a_number_is_named_as_banks_name_it(reader: Shopper, paid: str) -> None:
    make_refund(paid)
    [refund] = transitions.of_session(paid)
    with writing():
        refund.trace_number, refund.trace_kind = "74537604022150000123456", "acquirer_reference_number"
    page = read(reader, paid)
    assert "Acquirer reference number (ARN) 74537604022150000123456" in page
    assert refund_copy.TRACE in page


def test_a_payment_that_was_taken_back_itself_is_no_credit(reader: Shopper, paid: str) -> None:
    make_refund(paid)
    [refund] = transitions.of_session(paid)
    with writing():
        refund.is_reversal = True
    assert "no credit is shown beside it" in read(reader, paid)


def test_a_press_has_the_gateway_asked(reader: Shopper, paid: str, gateway: Scripted) -> None:
    ask_for(paid)
    make_refund(paid, RefundAnswer.PENDING)
    gateway.asked.clear()
    response = reader.post(f"{address(paid)}/look")
    assert response.location == f"{address(paid)}#refunds"
    assert gateway.asked == ["balance"]


def test_a_look_asks_nobody(reader: Shopper, paid: str, gateway: Scripted) -> None:
    ask_for(paid)
    gateway.asked.clear()
    read(reader, paid)
    assert gateway.asked == []


def test_an_order_without_any_says_so(reader: Shopper) -> None:
    assert "No refund of this order was asked for." in read(reader, open_session())


def test_the_order_leads_there_once_it_was_paid(reader: Shopper, paid: str) -> None:
    assert f'href="{address(paid)}"' in reader.get(f"/orders/{order_of(paid).token}").text
    unpaid = open_session("grace")
    assert "/refunds" not in reader.get(f"/orders/{order_of(unpaid).token}").text


@pytest.mark.parametrize("token", ["x", "x" * 32])
def test_of_an_order_that_is_not_there_there_is_no_page(reader: Shopper, token: str) -> None:
    product()  # its form has the token of forms
    assert reader.get(f"/orders/{token}/refunds").status_code == 404
    assert reader.post(f"/orders/{token}/refunds/look").status_code == 404


def test_there_are_words_for_every_state_and_step() -> None:
    assert set(refund_copy.HEADINGS) == set(RefundState)
    assert set(refund_copy.STEPS) == set(refund_copy.Step)
