"""What is seen and what is announced are the same words, in every state; and they say only what is so."""

import re
from html import unescape

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.payments.core.usual_wait import FEWEST, UsualWait, nine_in_ten
from smartcart.payments.page import copy
from smartcart.payments.page.contact import link_to
from smartcart.rules.payment_states import MONEY, Money, State
from tests.payments.page.test_poll import CASES, NOW, change
from tests.support.databases import write_into
from tests.support.shopper import Shopper
from tests.support.visitor import words

ANNOUNCED = re.compile(r'<p id="announcer"[^>]*>(.*?)</p>', re.DOTALL)
TOLD = re.compile(r'<div[^>]*id="told">(.*?)</div>', re.DOTALL)
COUNTER = re.compile(r'<p[^>]*data-testid="attempt-counter">.*?</p>', re.DOTALL)
MAIL = "help@shop.example"
DENIES = re.compile(r"nothing was taken|no money|none took any", re.IGNORECASE)
CONFIRMS = re.compile(r"^paid\b|was taken once|\bpaid\.", re.IGNORECASE)


@pytest.mark.parametrize("state", State)
def test_only_money_that_provably_was_not_taken_is_said_not_to_be(state: State) -> None:
    said = f"{copy.HEADINGS[state]}. {copy.SENTENCES[state]} {copy.BRIEFLY[state]}."
    if DENIES.search(said):
        assert MONEY[state] is Money.NOT_TAKEN
    if CONFIRMS.search(said):
        assert MONEY[state] is Money.TAKEN


@pytest.mark.parametrize("case", CASES)
def test_what_is_seen_is_what_is_announced(case: str, app: Flask, database: str, shopper: Shopper) -> None:
    clock.freeze(NOW)
    session = shopper.order()
    change(database, session, **{"attempts": 2, "version": 7, **CASES[case]})
    fragment = shopper.get(f"/pay/{session}/status?seen=6").text
    told, announced = TOLD.search(fragment), ANNOUNCED.search(fragment)
    assert told
    assert announced
    assert "!." not in announced[1]
    seen = re.sub(r"\W+", " ", words(COUNTER.sub("", told[1]))).strip()
    assert re.sub(r"\W+", " ", unescape(announced[1])).strip() == seen


def test_an_automatic_retry_is_told_as_one_and_once_it_is_due_money_counts_as_under_way(
    app: Flask, database: str, shopper: Shopper
) -> None:
    clock.freeze(NOW)
    session = shopper.order()
    for retry_at, money, said in (
        ("2100-01-01 00:00:05", "not_taken", "We try again by ourselves in a moment"),
        ("2099-12-31 23:59:59", "checking", "nobody knows yet what became of it"),
    ):
        change(database, session, state="interrupted", attempts=1, version=7, retry_at=retry_at)
        fragment = shopper.get(f"/pay/{session}/status?seen=6").text
        assert f'data-money="{money}"' in fragment
        assert said in fragment
        assert "You can try again" not in fragment
        assert ("disabled" in fragment) is (money == "checking")


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("created", False),
        ("interrupted", False),
        ("cancelled", False),
        ("completed", False),
        ("checking", True),
        ("refunded", True),
        ("returned in part", True),
        ("disputed", True),
        ("to be returned", True),
        ("taken after a cancel", True),
    ],
)
def test_where_money_is_in_the_dark_or_moved_unasked_the_page_says_whom_to_ask(
    case: str, asked: bool, settings: Settings, database: str, shopper: Shopper
) -> None:
    taken_after_a_cancel = {"state": "completed", "cancel_requested_at": "2026-11-22 09:00:00"}
    clock.freeze(NOW)
    session = shopper.order()
    change(database, session, **{"attempts": 1, "version": 7, **CASES.get(case, taken_after_a_cancel)})
    for contact, said in ((MAIL, f"Reach the shop at {MAIL} , and name order SC-1001"), ("", "Ask the shop, and name")):
        here = Shopper(create_app(settings.model_copy(update={"contact": contact})).test_client())
        for path in (f"/pay/{session}", f"/pay/{session}/status?seen=6"):
            assert (said in words(here.get(path).text)) is asked


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        (MAIL, f"mailto:{MAIL}?subject=Order%20SC-1"),
        ("+49 (30) 123-456", "tel:+4930123456"),
        ("https://shop.example/help?a=1", "https://shop.example/help?a=1"),
        ("javascript:alert(1)", ""),
        ("the counter in Long Street", ""),
        ("", ""),
    ],
)
def test_a_contact_becomes_a_link_where_it_can_be_one(contact: str, link: str) -> None:
    assert link_to(contact, "SC-1") == link


def test_checking_says_how_long_it_usually_takes_once_the_shop_knows_it(
    settings: Settings, database: str, shopper: Shopper
) -> None:
    clock.freeze(NOW)
    session = shopper.order()
    change(database, session, state="checking", attempts=1, version=7)
    for known, said in ((FEWEST - 1, False), (FEWEST, True)):
        write_into(database, "delete from payment_attempt where session_id = ?", session)
        for number in range(1, known + 1):
            _settle_after(database, session, number, seconds=130)
        here = Shopper(create_app(settings).test_client())  # a new process: what one has found it keeps for a while
        for path in (f"/pay/{session}", f"/pay/{session}/status?seen=6"):
            assert ("we nearly always know within 3 minutes of the press on Pay" in here.get(path).text) is said


def test_what_could_not_be_reached_is_no_wait(app: Flask, database: str, shopper: Shopper) -> None:
    session = shopper.order()
    for number in range(1, FEWEST + 1):
        _settle_after(database, session, number, seconds=1, outcome="unreachable")
    assert UsualWait(app)() is None


def test_nine_in_ten_are_not_longer() -> None:
    assert nine_in_ten([1.0] * (FEWEST - 1)) is None
    assert nine_in_ten([*map(float, range(1, 11))]) == 9.0
    assert nine_in_ten([1.0] * 9 + [600.0]) == 1.0


def _settle_after(database: str, session: str, number: int, seconds: int, outcome: str = "approved") -> None:
    """An attempt that was in the dark for so long, written past the shop."""
    settled = f"2099-12-31 00:{seconds // 60:02}:{seconds % 60:02}"
    write_into(
        database,
        "insert into payment_attempt (session_id, number, max_attempts, method, outcome, interruption, code, begun_at,"
        " deadline_at, settled_at) values (?, ?, 20, 'sandbox_timeout', ?, 'timeout', '',"
        " '2099-12-31 00:00:00', '2099-12-31 00:00:31', ?)",
        *[session, number, outcome, settled],
    )
