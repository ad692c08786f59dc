"""Who sees their payment checked can ask for word of it with one press, and need not wait on the page."""

import pytest

from smartcart.payments.core import queries
from smartcart.payments.page import copy
from smartcart.rules.outcomes import CRASHED, NOT_CHARGED
from tests.mail.carrying import carry_out, letters
from tests.payments.opened import DECLINED, begin, open_for_merchant, open_session, settle
from tests.support.shopper import Shopper, product

BUTTON, ASKED_FOR = 'data-testid="want-letter"', "We write to a•••@e•••.org as soon as we know."


def check(session: str) -> int:
    attempt = begin(session)
    settle(attempt, CRASHED)
    return attempt


def test_one_press_and_the_page_says_that_it_was_asked_for(shopper: Shopper) -> None:
    session = shopper.order()
    attempt = check(session)
    page = shopper.get(f"/pay/{session}").text
    assert BUTTON in page
    assert "To a•••@e•••.org, the address of your order." in page
    answer = shopper.post(f"/pay/{session}/letter")
    assert answer.status_code == 303
    page = shopper.get(answer.location).text
    assert ASKED_FOR in page
    assert BUTTON not in page
    settle(attempt, NOT_CHARGED)
    assert ASKED_FOR not in shopper.get(f"/pay/{session}").text


def test_a_second_press_changes_nothing(shopper: Shopper) -> None:
    session = shopper.order()
    check(session)
    shopper.post(f"/pay/{session}/letter")
    before = queries.find(session).version
    shopper.post(f"/pay/{session}/letter")
    assert queries.find(session).version == before


def test_it_is_sent_although_the_page_was_seen(shopper: Shopper) -> None:
    session = shopper.order()
    attempt = check(session)
    shopper.post(f"/pay/{session}/letter")
    settle(attempt, NOT_CHARGED)
    shopper.get(f"/pay/{session}")
    carry_out()
    assert [each.kind for each in letters(session) if each.message] == ["outcome"]


def test_the_poll_brings_the_news_to_other_tabs(shopper: Shopper) -> None:
    session = shopper.order()
    check(session)
    seen = queries.find(session).version
    shopper.post(f"/pay/{session}/letter")
    assert ASKED_FOR in shopper.get(f"/pay/{session}/status?seen={seen}").text


def test_once_it_is_known_there_is_nothing_to_ask_for(shopper: Shopper) -> None:
    session = open_session()
    settle(begin(session), DECLINED)
    assert BUTTON not in shopper.get(f"/pay/{session}").text
    shopper.post(f"/pay/{session}/letter")
    assert queries.find(session).letter_wanted_at is None


def test_of_a_merchant_s_order_no_address_is_known(shopper: Shopper) -> None:
    product()  # whose form has the token that this browser posts with
    session = open_for_merchant()
    check(session)
    assert BUTTON not in shopper.get(f"/pay/{session}").text
    shopper.post(f"/pay/{session}/letter")
    assert queries.find(session).letter_wanted_at is None


@pytest.mark.parametrize(
    ("email", "shown"),
    [("ada@example.org", "a•••@e•••.org"), ("x@y.co.uk", "x•••@y•••.uk"), ("李@例.中国", "李•••@例•••.中国")],
)
def test_an_address_is_shown_to_its_owner_alone(email: str, shown: str) -> None:
    assert copy.masked(email) == shown
