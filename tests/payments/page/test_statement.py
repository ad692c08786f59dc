"""A bank wants proof that nothing was charged: it gets a statement, and sees at its address whether it still holds."""

import re
from html import unescape

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.flow import desk, gateway_calls
from smartcart.payments.page import recovery_links, statement_copy
from smartcart.rules.outcomes import APPROVED, PROOF_OF_NO_CHARGE
from smartcart.rules.payment_states import ENDED_UNPAID, State
from smartcart.rules.statements import Ground
from tests.payments.opened import attempt, open_session, order_of, settle, time_passes, write_down
from tests.payments.paying import pay_new_session
from tests.payments.scripted import Scripted
from tests.support.shopper import Shopper


@pytest.fixture
def bank(scripted_shop: Flask) -> Shopper:
    """A browser that the shop has never seen."""
    return Shopper(scripted_shop.test_client())


def declined() -> tuple[str, int]:
    """A session whose only attempt was declined, and the attempt."""
    session = open_session()
    to_make = write_down(session, "sandbox_decline")
    gateway_calls.charge(to_make)
    return session, to_make.attempt_id


def cancelled() -> tuple[str, int]:
    """A session that was cancelled after an attempt, so that the gateway has closed it; and the attempt."""
    session, attempt_id = declined()
    time_passes(60)
    desk.cancel(session, "shopper")
    assert queries.find(session).state is State.CANCELLED
    return session, attempt_id


def statement(reader: Shopper, session: str) -> str:
    response = reader.get(f"/pay/{session}/statement")
    assert response.status_code == 200
    return unescape(response.text)


def check_address(page: str) -> str:
    """Where the bank looks, as the statement says it, within the shop."""
    found = re.search(r'data-testid="check-address">http://localhost(/statements/[^<]+)<', page)
    assert found
    return found[1]


def holds(reader: Shopper, address: str) -> str:
    """What the public page says: yes or no."""
    response = reader.get(address)
    assert response.status_code == 200
    return response.text.partition('data-holds="')[2].partition('"')[0]


def test_it_says_what_was_asked_when_and_what_the_answer_was(bank: Shopper) -> None:
    session, attempt_id = cancelled()
    page = statement(bank, session)
    answer = attempt(attempt_id).outcome
    assert answer
    for said in (
        str(queries.find(session).reference),
        "€42.00 (EUR)",
        queries.find(session).order_reference,
        "22 Nov 2026, 10:00:00 UTC",  # the attempt
        statement_copy.SAID[answer],
        "22 Nov 2026, 10:01:00 UTC",  # the closing
        statement_copy.CLOSED_AS[State.CANCELLED],
        statement_copy.HOLD,
        statement_copy.HOLD_ENDS,
    ):
        assert said in page


def test_the_gateway_has_closed_what_is_stated(bank: Shopper, gateway: Scripted) -> None:
    session, _ = cancelled()
    statement(bank, session)
    assert gateway.ledger.is_closed(str(queries.find(session).reference))


def test_neither_it_nor_its_public_address_tells_who_ordered_or_what(bank: Shopper) -> None:
    session, _ = cancelled()
    page = statement(bank, session)
    public = bank.get(check_address(page)).text
    for hidden in ("Ada", "ada@example.org", "Teapot", order_of(session).token):
        assert hidden not in page
        assert hidden not in public
    for hidden in (session, order_of(session).number):
        assert hidden not in public


def test_at_its_address_anybody_sees_that_it_holds(bank: Shopper) -> None:
    session, _ = cancelled()
    assert holds(bank, check_address(statement(bank, session))) == "yes"


def test_money_that_comes_all_the_same_supersedes_it(bank: Shopper) -> None:
    session, attempt_id = cancelled()
    address = check_address(statement(bank, session))
    settle(attempt_id, APPROVED)
    assert holds(bank, address) == "no"
    refused = bank.get(f"/pay/{session}/statement")
    assert refused.status_code == 409
    assert statement_copy.REFUSED[Ground.TAKEN][0] in unescape(refused.text)


def test_an_address_that_nobody_here_has_made_leads_to_none(bank: Shopper) -> None:
    session, _ = cancelled()
    address = check_address(statement(bank, session))
    before, signed = address.rsplit("/", 1)
    other = "A" if signed[0] != "A" else "B"
    for altered in (address[:-1], f"{before}/{other}{signed[1:]}", address.replace("sb_", "sb-"), f"{before}/é"):
        response = bank.get(altered)
        assert response.status_code == 404
        assert "No such statement" in response.text


def test_a_key_that_is_still_believed_keeps_old_addresses_alive(scripted_shop: Flask, bank: Shopper) -> None:
    session, _ = cancelled()
    address = check_address(statement(bank, session))
    before = scripted_shop.config["SECRET_KEY"]
    scripted_shop.config["SECRET_KEY"] = "another key, and it is long"
    assert bank.get(address).status_code == 404
    scripted_shop.config["SECRET_KEY_FALLBACKS"] = [before]
    assert holds(bank, address) == "yes"
    assert check_address(statement(bank, session)) != address


def test_what_can_still_be_paid_is_not_stated(bank: Shopper) -> None:
    session, _ = declined()
    response = bank.get(f"/pay/{session}/statement")
    assert response.status_code == 409
    assert statement_copy.REFUSED[Ground.OPEN][0] in response.text


def test_of_what_no_bank_has_heard_nothing_need_be_stated(bank: Shopper) -> None:
    session = open_session()
    desk.cancel(session, "shopper")
    response = bank.get(f"/pay/{session}/statement")
    assert response.status_code == 409
    assert statement_copy.REFUSED[Ground.NEVER_ASKED][0] in response.text
    assert "/statement" not in bank.get(f"/pay/{session}").text


def test_of_what_is_paid_nothing_is_stated(bank: Shopper) -> None:
    session = pay_new_session()
    assert bank.get(f"/pay/{session}/statement").status_code == 409
    assert "/statement" not in bank.get(f"/pay/{session}").text


def test_the_payment_page_and_the_order_lead_to_it(bank: Shopper) -> None:
    session, _ = cancelled()
    assert f'href="/pay/{session}/statement"' in bank.get(f"/pay/{session}").text
    token = order_of(session).token
    assert f'href="/orders/{token}/statement"' in bank.get(f"/orders/{token}").text
    assert bank.get(f"/orders/{token}/statement").location == f"/pay/{session}/statement"


@pytest.mark.parametrize("path", ["/pay/{}/statement", "/orders/{}/statement"])
@pytest.mark.parametrize("token", ["x", "x" * 32])
def test_of_what_is_not_there_there_is_none(bank: Shopper, path: str, token: str) -> None:
    assert bank.get(path.format(token)).status_code == 404


def test_there_are_words_for_every_end_and_every_answer_that_proves_it() -> None:
    assert set(statement_copy.CLOSED_AS) == ENDED_UNPAID
    assert set(statement_copy.SAID) == PROOF_OF_NO_CHARGE
    assert set(statement_copy.REFUSED) == set(Ground) - {Ground.CLOSED}


def test_who_came_by_a_link_is_shown_no_way_that_needs_the_payment_s_own_address(bank: Shopper) -> None:
    session, _ = cancelled()
    link = recovery_links.address(session, "", clock.now())
    assert "/statement" not in bank.get(link).text
