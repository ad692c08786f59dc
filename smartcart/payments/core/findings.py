"""What a person should know about money: noted once, and looked after once."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, case, select, update

from smartcart import clock
from smartcart.database.counting import number_of
from smartcart.database.session import db
from smartcart.database.upsert import insert_into
from smartcart.payments.core import gateway_accounts, owner_news
from smartcart.payments.core.finding_model import IS_OPEN, NEWEST_FIRST, URGENCY, Finding
from smartcart.payments.core.locked_session import LockedSession
from smartcart.rules.verdicts import Verdict

# What was looked after stays in sight for so long that one can see what became of it.
IN_SIGHT = timedelta(days=14)
LONGEST_DETAIL = 500
# Who settles what the gateway's books do not say any more. What they say again is opened again.
BOOKS = "books"
KEY = ["verdict", "session", "reference"]


def note(verdict: Verdict, session: LockedSession, detail: str, reference: str = "") -> None:
    """Note something about a session, inside the caller's write transaction; `reference` tells it from others."""
    add(verdict, session.id, reference, session.amount, session.currency, detail)


def add(verdict: Verdict, session: str, reference: str, amount: int, currency: str, detail: str) -> None:
    """Note something about money, inside the caller's write transaction.

    What was noted before is only seen again. Looked after already, it is opened again if something is different now, or
    if no person has looked after it.
    """
    now = clock.now()
    new = insert_into(Finding).values(
        verdict=verdict,
        session=session,
        reference=reference,
        account=gateway_accounts.account_here(),
        amount=amount,
        currency=currency,
        detail=detail[:LONGEST_DETAIL],
        first_seen_at=now,
        last_seen_at=now,
        settled_by="",
        settlement="",
    )
    by_a_person = Finding.settled_by != BOOKS
    seen_again = {
        "last_seen_at": now,
        "detail": new.excluded.detail,
        "amount": new.excluded.amount,
        "settled_at": case((by_a_person & (Finding.detail == new.excluded.detail), Finding.settled_at), else_=None),
    }
    was_open = _is_open(verdict, session, reference)
    db.session.execute(new.on_conflict_do_update(index_elements=KEY, set_=seen_again))
    if not was_open and _is_open(verdict, session, reference):
        owner_news.of_finding(verdict, session, detail, amount, currency)


def _is_open(verdict: Verdict, session: str, reference: str) -> bool:
    which = Finding.verdict == verdict, Finding.session == session, Finding.reference == reference
    return db.session.scalar(select(Finding.id).where(*which, IS_OPEN)) is not None


def settle(finding_ids: Collection[int] | Select[int], actor: str, settlement: str) -> bool:
    """Somebody has looked after these, inside the caller's write transaction. False when all were, before."""
    settled = update(Finding).where(Finding.id.in_(finding_ids), IS_OPEN)
    values = {"settled_at": clock.now(), "settled_by": actor, "settlement": settlement}
    done: Any = db.session.execute(settled.values(values).execution_options(synchronize_session=False))
    return bool(done.rowcount)


def settle_of(verdict: Verdict, session: str, actor: str, settlement: str) -> None:
    """What was to be done about a session is done, inside the caller's write transaction."""
    settle(select(Finding.id).where(Finding.verdict == verdict, Finding.session == session), actor, settlement)


def reopen(reference: str, detail: str) -> None:
    """What was to be done about a charge could not be done, inside the caller's write transaction."""
    opened = update(Finding).where(Finding.reference == reference, Finding.settled_at.is_not(None))
    db.session.execute(opened.values(settled_at=None, settled_by="", settlement=detail))
    owner_news.of_refund_alone(detail)


def find(finding_id: int) -> Finding | None:
    """One as it is on record now."""
    db.session.rollback()
    return db.session.get(Finding, finding_id, populate_existing=True)


def open_ones(limit: int | None = None) -> Sequence[Finding]:
    """Those that wait for a person, the most urgent first, and of these the newest."""
    query = select(Finding).where(IS_OPEN).order_by(URGENCY, NEWEST_FIRST)
    return db.session.scalars(query.limit(limit)).all()


def settled_ones(limit: int | None = None) -> Sequence[Finding]:
    """Those that were looked after lately, the latest first."""
    query = select(Finding).where(Finding.settled_at > clock.now() - IN_SIGHT)
    return db.session.scalars(query.order_by(Finding.settled_at.desc()).limit(limit)).all()


def how_many_open(most: int) -> int:
    """How many wait for a person; `most` where there are more."""
    return number_of(select(Finding.id).where(IS_OPEN), most)
