"""Every fault of the sandbox: what the caller sees, and what its books say."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from smartcart.gateways.protocol import ChargeRequest, Handle
from smartcart.gateways.sandbox.gateway import Sandbox, challenge_path
from smartcart.gateways.sandbox.holds import STANDS
from smartcart.gateways.sandbox.ledger import CHARGES
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind
from tests.gateways.still_time import StillTime
from tests.support.databases import look_into

# The contract's tokens: what the caller sees, why, the gateway's word for it, whether it is charged, and how long it
# takes in seconds.
TOKENS = {
    "sandbox_approve": ("approved", None, "", True, 0.3),
    "sandbox_slow": ("approved", None, "", True, 5.0),
    "sandbox_decline": ("declined", None, "card_declined", False, 0.3),
    "sandbox_insufficient_funds": ("declined", None, "insufficient_funds", False, 0.3),
    "sandbox_timeout": ("unknown", "timeout", "", False, 30.0),
    "sandbox_timeout_charged": ("unknown", "timeout", "", True, 30.0),
    "sandbox_unreachable": ("unreachable", "network_error", "", False, 0.0),
    "sandbox_unreachable_once": ("unreachable", "network_error", "", False, 0.0),
    "sandbox_lost_reply": ("unknown", "network_error", "", True, 0.3),
    "sandbox_challenge": ("action_required", None, "", False, 0.3),
}


@pytest.fixture
def time() -> StillTime:
    return StillTime()


@pytest.fixture
def sandbox(tmp_path: Path, time: StillTime) -> Sandbox:
    return Sandbox(tmp_path / "books.sqlite3", time.now, time.sleep)


@pytest.fixture
def handle(sandbox: Sandbox) -> Handle:
    unopened = Handle("a-session", None, 4200, "EUR")
    return Handle("a-session", sandbox.open(unopened, 30.0), 4200, "EUR")


def request(handle: Handle, method: str, attempt: int = 1, timeout: float = 30.0) -> ChargeRequest:
    return ChargeRequest(
        handle.session, handle.reference or "", attempt, method, handle.amount, handle.currency, timeout, "/return"
    )


def charges_of(sandbox: Sandbox) -> int:
    return len(list(sandbox.charges()))


def test_it_offers_the_tokens_of_the_contract_and_no_other(sandbox: Sandbox) -> None:
    assert {method.token for method in sandbox.methods()} == set(TOKENS)


@pytest.mark.parametrize("token", TOKENS)
def test_every_token_does_what_the_contract_says(sandbox: Sandbox, time: StillTime, handle: Handle, token: str) -> None:
    kind, interruption, code, charged, takes = TOKENS[token]
    begun = time.now()
    outcome = sandbox.charge(request(handle, token))
    assert (outcome.kind, outcome.interruption, outcome.code) == (kind, interruption, code)
    assert time.now() - begun == pytest.approx(takes)
    assert charges_of(sandbox) == int(charged)


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("sandbox_timeout_charged", OutcomeKind.APPROVED),
        ("sandbox_lost_reply", OutcomeKind.APPROVED),
        ("sandbox_timeout", OutcomeKind.NOT_CHARGED),
        ("sandbox_unreachable", OutcomeKind.NOT_CHARGED),
    ],
)
def test_who_got_no_answer_can_ask_what_happened(
    sandbox: Sandbox, handle: Handle, token: str, kind: OutcomeKind
) -> None:
    sandbox.charge(request(handle, token))
    assert sandbox.withdraw(handle, 1).kind is kind


def test_unreachable_once_is_approved_on_the_next_attempt(sandbox: Sandbox, handle: Handle) -> None:
    outcomes = [sandbox.charge(request(handle, "sandbox_unreachable_once", attempt)).kind for attempt in (1, 2)]
    assert outcomes == [OutcomeKind.UNREACHABLE, OutcomeKind.APPROVED]


def test_unreachable_stays_unreachable(sandbox: Sandbox, handle: Handle) -> None:
    outcomes = [sandbox.charge(request(handle, "sandbox_unreachable", attempt)).kind for attempt in (1, 2, 3)]
    assert outcomes == [OutcomeKind.UNREACHABLE] * 3


def test_an_unknown_method_is_declined(sandbox: Sandbox, handle: Handle) -> None:
    assert sandbox.charge(request(handle, "no_such_card")) == Outcome(OutcomeKind.DECLINED, code="unknown_method")
    assert sandbox.withdraw(handle, 1).charged_nothing


@pytest.mark.parametrize("timeout", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("token", TOKENS)
def test_no_answer_comes_later_than_the_timeout(
    sandbox: Sandbox, time: StillTime, handle: Handle, token: str, timeout: float
) -> None:
    begun = time.now()
    sandbox.charge(request(handle, token, timeout=timeout))
    assert time.now() - begun <= timeout + 1e-6


def test_what_takes_longer_than_the_timeout_is_a_timeout_and_charged_all_the_same(
    sandbox: Sandbox, time: StillTime, handle: Handle
) -> None:
    outcome = sandbox.charge(request(handle, "sandbox_slow", timeout=1.0))
    assert (outcome.kind, outcome.interruption) == (OutcomeKind.UNKNOWN, Interruption.TIMEOUT)
    assert sandbox.ask(handle, 1).kind is OutcomeKind.PENDING
    time.sleep(4.0)
    assert sandbox.ask(handle, 1).kind is OutcomeKind.APPROVED


class Killed(BaseException):
    """The process that asks dies at this moment."""


def kill(_seconds: float) -> None:
    raise Killed


@pytest.mark.parametrize("token", [token for token, (*_, charged, _takes) in TOKENS.items() if charged])
def test_the_charge_goes_on_when_the_caller_dies(
    tmp_path: Path, sandbox: Sandbox, time: StillTime, handle: Handle, token: str
) -> None:
    with pytest.raises(Killed):
        Sandbox(tmp_path / "books.sqlite3", time.now, kill).charge(request(handle, token))
    assert charges_of(sandbox) == 0
    assert sandbox.ask(handle, 1).kind is OutcomeKind.PENDING
    time.sleep(5.0)
    assert charges_of(sandbox) == 1
    assert sandbox.ask(handle, 1).kind is OutcomeKind.APPROVED


def test_a_decline_is_pending_until_its_moment_when_the_caller_dies(
    tmp_path: Path, sandbox: Sandbox, time: StillTime, handle: Handle
) -> None:
    with pytest.raises(Killed):
        Sandbox(tmp_path / "books.sqlite3", time.now, kill).charge(request(handle, "sandbox_decline"))
    assert sandbox.ask(handle, 1).kind is OutcomeKind.PENDING
    time.sleep(0.3)
    assert sandbox.ask(handle, 1) == Outcome(OutcomeKind.DECLINED, code="card_declined")


def test_the_moment_of_a_charge_is_when_it_took_effect_not_when_somebody_looked(
    sandbox: Sandbox, time: StillTime, handle: Handle
) -> None:
    begun = time.now()
    sandbox.charge(request(handle, "sandbox_approve"))
    time.sleep(1000.0)
    [charge] = sandbox.charges()
    assert charge.charged_at == datetime.fromtimestamp(begun + 0.3, UTC)


def test_what_is_under_way_cannot_be_closed_and_is_charged(sandbox: Sandbox, time: StillTime, handle: Handle) -> None:
    sandbox.charge(request(handle, "sandbox_slow", timeout=1.0))
    assert sandbox.close(handle).kind is OutcomeKind.PENDING
    time.sleep(4.0)
    assert sandbox.close(handle).kind is OutcomeKind.APPROVED


def test_the_books_outlive_the_process(tmp_path: Path, sandbox: Sandbox, time: StillTime, handle: Handle) -> None:
    sandbox.charge(request(handle, "sandbox_approve"))
    again = Sandbox(tmp_path / "books.sqlite3", time.now, time.sleep)
    assert again.open(Handle("a-session", None, 4200, "EUR"), 30.0) == handle.reference
    assert list(again.charges()) == list(sandbox.charges())


def test_a_charge_given_back_is_marked_in_the_books(sandbox: Sandbox, handle: Handle) -> None:
    sandbox.charge(request(handle, "sandbox_approve"))
    before = [charge.status for charge in sandbox.charges()]
    sandbox.refund(handle, 4200, "a refund")
    assert (before, [charge.status for charge in sandbox.charges()]) == (["charged"], ["refunded"])


def test_the_bank_asks_on_a_page_of_the_attempt(sandbox: Sandbox, handle: Handle) -> None:
    outcome = sandbox.charge(request(handle, "sandbox_challenge", attempt=2))
    assert outcome.action_url == challenge_path(handle.reference or "", 2)


@pytest.mark.parametrize(
    ("confirmed", "kind", "charges"), [(True, OutcomeKind.APPROVED, 1), (False, OutcomeKind.DECLINED, 0)]
)
def test_the_shoppers_word_at_the_bank_counts_once(
    sandbox: Sandbox, handle: Handle, confirmed: bool, kind: OutcomeKind, charges: int
) -> None:
    sandbox.charge(request(handle, "sandbox_challenge"))
    assert sandbox.ledger.answer_challenge(handle.reference or "", 1, confirmed)
    assert not sandbox.ledger.answer_challenge(handle.reference or "", 1, not confirmed)
    assert sandbox.ask(handle, 1).kind is kind
    assert charges_of(sandbox) == charges


def test_two_challenges_are_confirmed_and_one_is_charged(sandbox: Sandbox, handle: Handle) -> None:
    sandbox.charge(request(handle, "sandbox_challenge", attempt=1))
    sandbox.charge(request(handle, "sandbox_challenge", attempt=2))
    answers = [sandbox.ledger.answer_challenge(handle.reference or "", attempt, confirmed=True) for attempt in (1, 2)]
    assert answers == [False, True]
    assert [charge.attempt for charge in sandbox.charges()] == [2]


@pytest.mark.parametrize("end", ["withdraw", "close", "charge"])
def test_the_bank_takes_no_word_on_what_is_over(sandbox: Sandbox, handle: Handle, end: str) -> None:
    sandbox.charge(request(handle, "sandbox_challenge"))
    ends: dict[str, Callable[[], object]] = {
        "withdraw": lambda: sandbox.withdraw(handle, 1),
        "close": lambda: sandbox.close(handle),
        "charge": lambda: sandbox.charge(request(handle, "sandbox_approve", attempt=2)),
    }
    ends[end]()
    before = charges_of(sandbox)
    assert not sandbox.ledger.answer_challenge(handle.reference or "", 1, confirmed=True)
    assert charges_of(sandbox) == before


def test_twenty_charges_at_once_on_one_reference_charge_once(sandbox: Sandbox, handle: Handle) -> None:
    together = Barrier(20)

    def charge(attempt: int) -> OutcomeKind:
        together.wait()
        return sandbox.charge(request(handle, "sandbox_approve", attempt)).kind

    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(charge, range(1, 21)))
    assert outcomes == [OutcomeKind.APPROVED] * 20
    assert charges_of(sandbox) == 1


def test_of_a_close_and_charges_at_once_the_books_and_the_answers_agree(sandbox: Sandbox, handle: Handle) -> None:
    together = Barrier(9)

    def charge(attempt: int) -> Outcome:
        together.wait()
        return sandbox.charge(request(handle, "sandbox_approve", attempt))

    def close(_number: int) -> Outcome:
        together.wait()
        return sandbox.close(handle)

    with ThreadPoolExecutor(9) as threads:
        closing = threads.submit(close, 0)
        outcomes = list(threads.map(charge, range(1, 9)))
    closed = closing.result().kind is OutcomeKind.NOT_CHARGED
    assert charges_of(sandbox) == int(not closed)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.NOT_CHARGED if closed else OutcomeKind.APPROVED}


def test_books_from_before_orders_were_named_are_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "older.sqlite3"
    with closing(sqlite3.connect(file)) as older:
        older.execute(
            "create table reference (reference text primary key, session text not null unique,"
            " amount integer not null, currency text not null, closed_at real)"
        )
        older.execute("insert into reference values ('sb_1', 'of yesterday', 4200, 'EUR', null)")
        older.commit()
    for _ in range(2):  # the second finds it done
        sandbox = Sandbox(file)
    assert sandbox.open(Handle("of yesterday", None, 4200, "EUR", order="SC-1001"), 30.0) == "sb_1"
    sandbox.open(Handle("of today", None, 4200, "EUR", order="SC-1002"), 30.0)
    query = "select session, order_name from reference order by session"
    assert look_into(file, query) == [("of today", "SC-1002"), ("of yesterday", "")]


def test_refunds_are_found_by_their_reference_however_many_there_are(sandbox: Sandbox, tmp_path: Path) -> None:
    looked_for = "explain query plan select max(refunded_at) from refund where reference = ?"
    [(*_, plan)] = look_into(tmp_path / "books.sqlite3", looked_for, "sb_1")
    assert "SEARCH refund USING INDEX" in plan


def test_to_list_the_books_no_reference_is_looked_through_for_sums_set_aside(sandbox: Sandbox, tmp_path: Path) -> None:
    listed = f"explain query plan {CHARGES.format('', STANDS)}".replace(":since", "0")
    plan = [step for *_, step in look_into(tmp_path / "books.sqlite3", listed)]
    of_holds = plan[plan.index("RIGHT") :]
    assert "SCAN hold" in of_holds
    assert not [step for step in of_holds if step.startswith("SCAN reference")]
