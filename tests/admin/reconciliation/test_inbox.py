"""The inbox: money that needs a person, each seen once, with one click to fulfil or give back."""

import re
from collections.abc import Callable, Iterator

import pytest

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.books import Balance, Charge, RefundAnswer
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.gateways.sandbox.requests import Effect, Request
from smartcart.payments.core import record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import find
from smartcart.payments.flow import desk
from smartcart.payments.reconciliation import comparison
from smartcart.rules.payment_states import Move, State
from smartcart.shop.models import OrderStatus
from tests.admin.browser import AdminBrowser, rows
from tests.admin.reconciliation.reading import count, down
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.visitor import words
from tests.support.waiting import wait_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Patient: on a busy machine the sandbox's 0.3 s may take much longer, and here nobody's patience is tested."""
    return settings.model_copy(update={"payment_timeout": 20.0})


@pytest.fixture
def cancelled(shopper: Shopper) -> str:
    """The id of a payment that was declined, and then given up."""
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    wait_for(lambda: desk.check(session, "shopper").state is State.INTERRUPTED)
    record.end(session, Move.CANCEL, "shopper")
    return session


@pytest.fixture
def charged(cancelled: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> str:
    """A payment that was given up, and charged all the same; while the books were read the gateway answered nothing."""
    charge_by_hand(sandbox, find(cancelled).reference or "")
    with monkeypatch.context() as silent:
        silent.setattr(sandbox, "ask", down)
        comparison.run()
    return cancelled


@pytest.fixture
def unknown(sandbox: Sandbox) -> str:
    """The reference of a charge whose session is on no record."""
    reference = sandbox.ledger.open("a-session-of-yesterday", 1500, "EUR")
    sandbox.ledger.request(reference, 1, Request(Effect.CHARGE, sandbox.ledger.now(), "", ""))
    comparison.run()
    return reference


def charge_by_hand(sandbox: Sandbox, reference: str) -> None:
    with sandbox.ledger._writing() as ledger:
        ledger.execute("insert into charge values (?, 1, ?, 0)", (reference, sandbox.ledger.now()))


def only_finding(admin: AdminBrowser) -> str:
    """The number of the one finding that waits."""
    [number] = re.findall(r'data-finding="(\d+)"', admin.get("/admin/inbox").text)
    return str(number)


def act(admin: AdminBrowser, what: str, **typed: str) -> str:
    """Press the one finding's button; returns what is told."""
    answer = admin.post(f"/admin/inbox/{only_finding(admin)}/{what}", typed)
    assert (answer.status_code, answer.location) == (303, "/admin/inbox")
    return admin.read("/admin/inbox")


def given_back(sandbox: Sandbox) -> list[int]:
    return [charge.refunded for charge in sandbox.charges()]


def test_looking_now_reads_the_books(admin: AdminBrowser, unknown: str) -> None:
    assert admin.post("/admin/inbox/look").location == "/admin/inbox"
    wait_for(lambda: "1 charges held against ours" in admin.read("/admin/inbox"))


@ON_BOTH
def test_what_is_found_is_counted_and_told(admin: AdminBrowser, charged: str) -> None:
    assert count(admin) == ["1"]
    page = admin.read("/admin/inbox")
    for shown in ("Charged, and not paid here", "SC-1001", "€42.00", "the session is cancelled"):
        assert shown in page


def test_one_click_fulfils_the_order(admin: AdminBrowser, charged: str) -> None:
    assert "The order SC-1001 is paid, and its goods are taken." in act(admin, "fulfil")
    session = find(charged)
    assert session.state is State.COMPLETED
    assert session.order
    assert session.order.status is OrderStatus.PAID
    assert product().stock == 4
    assert "Charged, and not paid here" in rows(admin.get("/admin/inbox").text, "settled-finding")[0]
    assert "Money that came late" in admin.read("/admin/inbox")


def test_what_is_sold_out_cannot_be_fulfilled_and_goes_back(
    admin: AdminBrowser, shopper: Shopper, charged: str, sandbox: Sandbox
) -> None:
    shopper.put_into_cart(quantity=4)  # with the one that came back, all there are
    shopper.check_out()
    assert "could not be had again, so the money goes back" in act(admin, "fulfil")
    assert find(charged).returning


def test_what_the_gateway_does_not_confirm_stays(
    admin: AdminBrowser, charged: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "ask", down)
    for what in ("fulfil", "refund"):
        assert "does not confirm this charge" in act(admin, what)
    assert find(charged).state is State.CANCELLED
    assert given_back(sandbox) == [0]


def test_one_click_and_a_confirmation_give_it_back(admin: AdminBrowser, charged: str, sandbox: Sandbox) -> None:
    asked = admin.read(f"/admin/inbox/{only_finding(admin)}/refund")
    assert "Give €42.00 back?" in asked
    assert given_back(sandbox) == [0]
    act(admin, "refund")
    wait_for(lambda: find(charged).state is State.REFUNDED)
    assert given_back(sandbox) == [4200]


@ON_BOTH
def test_a_charge_without_any_payment_of_ours_can_be_given_back_once(
    admin: AdminBrowser, unknown: str, sandbox: Sandbox
) -> None:
    page = admin.read("/admin/inbox")
    assert "Money for no payment of ours" in page
    assert 'data-testid="fulfil"' not in admin.get("/admin/inbox").text
    number = only_finding(admin)
    assert "No order of the shop is paid by this charge." in admin.read(f"/admin/inbox/{number}/refund")
    assert "The charge is being given back." in act(admin, "refund")
    assert given_back(sandbox) == [1500]
    admin.post(f"/admin/inbox/{number}/refund")
    assert "looked after already: given back, by admin" in admin.read("/admin/inbox")
    assert given_back(sandbox) == [1500]
    comparison.run()
    assert count(admin) == []


def test_what_was_given_back_and_has_come_back_is_there_again(
    admin: AdminBrowser, unknown: str, sandbox: Sandbox
) -> None:
    act(admin, "refund")
    [refund] = sandbox.ledger.balance(unknown).refunds
    comparison.run()
    assert count(admin) == []
    sandbox.ledger.fail_refund(refund.key)
    comparison.run()
    assert count(admin) == ["1"]
    assert "what was given back has come back" in admin.read("/admin/inbox")


def test_of_a_charge_given_back_in_part_already_the_rest_goes_back(
    admin: AdminBrowser, unknown: str, sandbox: Sandbox
) -> None:
    sandbox.ledger.refund(unknown, 500, "of the dashboard")
    act(admin, "refund")
    assert given_back(sandbox) == [1500]


def test_a_refusal_brings_it_back_into_the_inbox(
    admin: AdminBrowser, unknown: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(sandbox, "refund", lambda *_: RefundAnswer.REFUSED)
        act(admin, "refund")
    assert "the gateway refused to give it back" in admin.read("/admin/inbox")
    act(admin, "refund")
    assert given_back(sandbox) == [1500]


def test_a_gateway_that_cannot_be_asked_gives_nothing_back(
    admin: AdminBrowser, unknown: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as silent:
        silent.setattr(sandbox, "balance", down)
        assert "could not be asked just now" in act(admin, "refund")
    monkeypatch.setattr(sandbox, "balance", lambda *_: Balance(0, 0))
    assert "nothing of this charge is left" in act(admin, "refund")
    assert given_back(sandbox) == [0]


def test_the_second_of_two_charges_is_given_back_and_the_order_stays_paid(
    admin: AdminBrowser, shopper: Shopper, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: desk.confirm(session, "shopper").state is State.COMPLETED)
    other = sandbox.ledger.open("the same once more", 4200, "EUR")
    charge_by_hand(sandbox, other)

    def both(since: object = None) -> Iterator[Charge]:
        for charge in Sandbox.charges(sandbox):
            yield Charge(charge.reference, session, 1, 4200, "EUR", charge.status, clock.now(), charge.refunded)

    monkeypatch.setattr(sandbox, "charges", both)
    comparison.run()
    assert "Charged twice" in admin.read("/admin/inbox")
    act(admin, "refund")
    assert (sandbox.ledger.balance(other).refunded, find(session).refunded) == (4200, 0)
    assert find(session).state is State.COMPLETED
    comparison.run()
    assert count(admin) == []


def test_another_sum_pays_no_order_and_can_be_given_back(
    admin: AdminBrowser, shopper: Shopper, cancelled: str, sandbox: Sandbox
) -> None:
    reference = find(cancelled).reference or ""
    with sandbox.ledger._writing() as ledger:
        ledger.execute("update reference set amount = 4100 where reference = ?", (reference,))
    charge_by_hand(sandbox, reference)
    with writing():
        db.session.get_one(PaymentSession, cancelled).state = State.CHECKING  # as while the gateway says another sum
    comparison.run()
    page = admin.read("/admin/inbox")
    assert "4100 EUR charged instead of 4200 EUR" in page
    assert "No order of the shop is paid by this charge." in admin.read(f"/admin/inbox/{only_finding(admin)}/refund")
    assert "The charge is being given back." in act(admin, "refund")
    assert given_back(sandbox) == [4100]
    comparison.run()
    assert count(admin) == []


def test_what_was_seen_is_seen_no_more(admin: AdminBrowser, unknown: str) -> None:
    assert "Marked as seen." in act(admin, "seen")
    comparison.run()
    assert count(admin) == []
    assert "seen, by admin" in rows(admin.get("/admin/inbox").text, "settled-finding")[0]


@pytest.mark.parametrize("path", ["/admin/inbox", "/admin/inbox/1/refund"])
def test_who_is_not_signed_in_is_asked_to(somebody: AdminBrowser, path: str) -> None:
    assert somebody.get(path).location.startswith("/admin/login")


@pytest.mark.parametrize("what", ["fulfil", "refund", "seen"])
def test_nobody_else_acts(
    admin: AdminBrowser, somebody: AdminBrowser, unknown: str, sandbox: Sandbox, what: str
) -> None:
    number = only_finding(admin)
    assert admin.client.post(f"/admin/inbox/{number}/{what}").status_code == 400  # a form of another site
    admin.post("/admin/logout")
    assert somebody.post(f"/admin/inbox/{number}/{what}").location.startswith("/admin/login")
    assert given_back(sandbox) == [0]


@pytest.mark.parametrize("number", ["999", "99999999999", "x"])
def test_an_unknown_finding_is_not_found(admin: AdminBrowser, number: str) -> None:
    assert admin.get(f"/admin/inbox/{number}/refund").status_code == 404
    assert admin.post(f"/admin/inbox/{number}/seen").status_code == 404


@pytest.mark.parametrize("ending", ["fulfilled", "returned"])
def test_late_money_is_told_with_what_became_of_it(
    admin: AdminBrowser, shopper: Shopper, cancelled: str, sandbox: Sandbox, ending: str
) -> None:
    told: dict[str, Callable[[str], bool]] = {
        "fulfilled": lambda page: "The goods could be had again, so the order is paid." in page,
        "returned": lambda page: "so it is being given back by itself." in page,
    }
    if ending == "returned":
        shopper.put_into_cart(quantity=4)  # with the one that came back, all there are
        shopper.check_out()
    charge_by_hand(sandbox, find(cancelled).reference or "")
    comparison.run()
    page = admin.get("/admin/inbox")
    assert "Money that came late" in words(page.text)
    assert told[ending](words(page.text))


@pytest.mark.parametrize(("typed", "left"), [({"restock": "yes"}, 5), ({}, 4)])
def test_goods_that_were_taken_for_late_money_go_back_with_it_if_that_is_said(
    admin: AdminBrowser, charged: str, typed: dict[str, str], left: int
) -> None:
    """They are back on the shelf before, as the order was given up; with the money on record they are taken again."""
    assert stock() == 5
    asked = admin.get(f"/admin/inbox/{only_finding(admin)}/refund").text
    assert re.search(r'name="restock"\s+value="yes"\s+checked', asked)
    assert "1 × Teapot" in asked
    assert ("1 of its goods are back on the shelf" in act(admin, "refund", **typed)) is bool(typed)
    assert stock() == left


def test_of_a_charge_without_an_order_there_is_nothing_to_put_back(admin: AdminBrowser, unknown: str) -> None:
    assert "restock" not in admin.get(f"/admin/inbox/{only_finding(admin)}/refund").text


def stock() -> int:
    db.session.rollback()
    db.session.expire_all()
    return product("teapot").stock
