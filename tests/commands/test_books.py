"""`smartcart audit` holds the gateway's books against the shop's; `smartcart sandbox charges` lists the former."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smartcart.commands.progress import LINE_ANEW
from tests.commands.running import Command, Done
from tests.support.databases import write_into

# In a process of its own, that has loaded nothing yet: prints what was loaded of the shop, besides what the audit says.
LOADED = """
import sys
from smartcart.commands import main
try:
    main()
finally:
    print(*(name for name in sys.modules if name.startswith(("smartcart.", "flask_"))), file=sys.stderr)
"""
PAGES = {"smartcart.factory", "smartcart.admin", "smartcart.mail", "smartcart.payments.page", "flask_wtf"}
AGREE = "1 sessions, 1 charges and 0 refunds compared.\nThe books agree.\n"


@pytest.fixture
def paid(run: Command, migrated: str, tmp_path: Path) -> Path:
    """A paid session with its charge; returns the sandbox's books."""
    session_of(migrated, "paid-session", "completed")
    run("sandbox", "charges")  # makes the books
    ledger = tmp_path / "sandbox.sqlite3"
    charge_of(ledger, "paid-session")
    return ledger


def session_of(database: str, session: str, state: str) -> None:
    write_into(
        database,
        "insert into payment_session (id, owner, merchant, order_reference, amount, currency, description, pay_url,"
        " return_url, merchant_data, state, version, attempts, max_attempts, retries, method, gateway, reference,"
        " created_at, expires_at, extensions, refusal_code, action_url, refund_due, looks)"
        " values (?, 'ada', 'till', ?, 4200, 'EUR', '', '', '', '{}', ?, 3, 1, 3, 0, 'sandbox_approve', 'sandbox', ?,"
        " '2026-01-01 10:00:00.000000', '2026-01-01 10:15:00.000000', 0, '', '', false, 0)",
        *[session, f"order of {session}", state, f"sb_{session}"],
    )


def charge_of(ledger: Path, session: str, reference: str = "") -> None:
    reference = reference or f"sb_{session}"
    write_into(ledger, "insert into reference values (?, ?, 4200, 'EUR', null, 'SC-1001')", reference, session)
    write_into(ledger, "insert into charge values (?, 1, 1767261600, 0)", reference)


def test_a_terminal_is_told_how_far_it_is_on_a_line_that_is_gone_in_the_end(
    run: Command, paid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    done = run("audit")
    assert (done.out, done.err) == (AGREE, f"{LINE_ANEW}1 payments compared …{LINE_ANEW}")


def test_books_that_agree_end_with_0(run: Command, paid: Path) -> None:
    assert run("audit") == Done(0, AGREE, "")
    compared = {"differences": [], "sessions": 1, "charges": 1, "refunds": 0}
    assert json.loads(run("audit", "--json").out) == compared


def test_an_audit_loads_no_page(paid: Path) -> None:
    command = [sys.executable, "-c", LOADED, "audit"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == AGREE
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "smartcart.payments.reconciliation.report" in loaded
    assert loaded & PAGES == set()


def test_the_sandboxs_charges_are_listed(run: Command, paid: Path) -> None:
    assert json.loads(run("sandbox", "charges", "--json").out) == {
        "reference": "sb_paid-session",
        "session": "paid-session",
        "attempt": 1,
        "amount": 4200,
        "currency": "EUR",
        "status": "charged",
        "charged_at": "2026-01-01T10:00:00Z",
        "refunded": 0,
        "disputed": False,
        "order": "SC-1001",
    }
    assert "attempt 1 of SC-1001: 4200 EUR charged" in run("sandbox", "charges").out


def charged_twice(database: str, ledger: Path) -> None:
    """The sandbox gives a session one reference only; these books have lost that rule."""
    write_into(ledger, "create table unbound as select * from reference")
    write_into(ledger, "drop table reference")
    write_into(ledger, "alter table unbound rename to reference")
    charge_of(ledger, "paid-session", "sb_second")


def charged_and_not_paid(database: str, ledger: Path) -> None:
    write_into(database, "update payment_session set state = 'cancelled'")


def paid_and_not_charged(database: str, ledger: Path) -> None:
    write_into(ledger, "delete from charge")


def wrong_amount(database: str, ledger: Path) -> None:
    write_into(ledger, "update reference set amount = 4300")


@pytest.mark.parametrize(
    ("difference", "tamper", "detail"),
    [
        ("charged_twice", charged_twice, "4200 EUR + 4200 EUR charged in 2 charges"),
        ("charged_not_paid", charged_and_not_paid, "4200 EUR charged, and the session is cancelled"),
        ("paid_not_charged", paid_and_not_charged, "paid here, and no charge stands at the gateway"),
        ("amount_wrong", wrong_amount, "4300 EUR charged instead of 4200 EUR"),
    ],
)
def test_books_that_differ_are_named_and_end_with_1(
    run: Command, migrated: str, paid: Path, difference: str, tamper: Callable[[str, Path], None], detail: str
) -> None:
    tamper(migrated, paid)
    done = run("audit")
    assert (done.code, done.err) == (1, "")
    assert f"{difference}: session paid-session: {detail}\n" in done.out
    [found] = json.loads(run("audit", "--json").out)["differences"]
    assert (found["verdict"], found["session"], found["detail"]) == (difference, "paid-session", detail)
    assert found["currency"] == "EUR"


def test_a_charge_for_a_session_the_shop_does_not_have_is_named(run: Command, paid: Path) -> None:
    charge_of(paid, "nobodys-session")
    done = run("audit", "--json")
    assert done.code == 1
    assert [difference["verdict"] for difference in json.loads(done.out)["differences"]] == ["charged_not_paid"]


def test_a_session_in_flight_is_no_difference(run: Command, migrated: str, paid: Path) -> None:
    session_of(migrated, "in-flight", "checking")
    charge_of(paid, "in-flight")
    assert run("audit").code == 0
