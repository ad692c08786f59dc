"""The gateway's recent charges held against the shop's books, so that no money is there without an order for long.

What the shop can put right by asking, it does: money that nobody told it of is written down, and what was given back at
the gateway is taken up. What is left is noted for a person. No transaction is open while the gateway is read, and of
the shop's books only those sessions are read that are in question.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.database.upsert import insert_new
from smartcart.gateways.books import Charge
from smartcart.gateways.protocol import GatewayError, Handle
from smartcart.payments.core import findings, gateway_accounts
from smartcart.payments.core.finding_model import IS_OPEN, Finding, Look
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import fraud_warnings, gateway_calls
from smartcart.payments.reconciliation import doubled, held
from smartcart.payments.reconciliation.report import ours, theirs_of
from smartcart.payments.refunds import calls as refunds
from smartcart.payments.refunds import from_books
from smartcart.rules import patience
from smartcart.rules.disputes import UNDECIDED, DisputeStage
from smartcart.rules.payment_states import IN_FLIGHT, State
from smartcart.rules.verdicts import DIFFERENCES, Difference, Verdict, compare

ACTOR = findings.BOOKS
# Seconds between two looks while money moves. What the shop knows to be in the dark it asks about within seconds; this
# finds what nobody here knows of, and a person needs no sooner.
INTERVAL = patience.OFTEN
# A shop that never looked before looks back for a month: what is older, its bookkeeper has closed.
FIRST_LOOK = timedelta(days=30)
# Read once more each time, as with some ways to pay a charge succeeds hours after it began.
OVERLAP = timedelta(days=1)
# From first to last a dispute takes two or three months (https://support.stripe.com/topics/disputes). When lost, it
# may still be withdrawn (https://support.stripe.com/embedded-connect/questions/lost-dispute-faq): a month for that.
MAY_BE_WON_FOR = timedelta(days=120)
# Hundreds of charges are read in a second. A look that has gone on for so long was cut off.
GIVEN_UP_AFTER = timedelta(minutes=30)
BATCH = 200
AGREED = "the books agree now"


def run_when_due() -> int:
    """The job: look, unless another process has done so lately; returns how many charges were read."""
    last = last_run()
    if last and last.seen_until:
        age = (clock.now() - last.seen_until).total_seconds()
        if 0 <= age < patience.reading_interval(_moved_at(), clock.now()) - INTERVAL / 2:
            return 0
    return run()


def _moved_at() -> datetime | None:
    """When money last moved here, or may have: now, while the gateway owes an answer; None for more than a day ago."""
    now = clock.now()
    under_way = (
        select(PaymentSession.id).where(PaymentSession.due_at.is_not(None), PaymentSession.state.in_(IN_FLIGHT)),
        select(Refund.id).where(Refund.due_at.is_not(None)),
    )
    ended = select(func.max(PaymentSession.ended_at)).where(
        PaymentSession.ended_at > now - timedelta(days=1), PaymentSession.attempts > 0
    )
    db.session.rollback()
    if any(db.session.scalar(query.limit(1)) for query in under_way):
        return now
    return db.session.scalar(ended)


def run() -> int:
    """Hold the books against each other, unless somebody is at it; returns how many charges were read."""
    since = _begin()
    if since is None:
        return 0
    begun_at = clock.now()
    try:
        read = _compare_since(since, begun_at)
    except GatewayError as error:
        _change_look(ended_at=clock.now(), trouble=str(error)[:200] or "they could not be read")
        return 0
    except Exception:
        db.session.rollback()
        _change_look(ended_at=clock.now(), trouble="the reading broke off; the log says why")
        raise
    _change_look(ended_at=clock.now(), seen_until=begun_at)
    return read


def run_soon() -> bool:
    """Let a thread of the gateway pool look; False when none is free."""
    return runtime().pool.run(run) is not None


def last_run() -> Look | None:
    """The last look into this gateway's books, or the one that is under way."""
    db.session.rollback()
    return db.session.get(Look, _books_here(), populate_existing=True)


def is_cut_off(last: Look) -> bool:
    """Whether whoever was at it died over it, so that the next one may begin; so may it when a clock was set back."""
    now = clock.now()
    return last.is_under_way and last.begun_at is not None and not now - GIVEN_UP_AFTER < last.begun_at <= now


def _books_here() -> str:
    """Whose books are read: as long as the account is not known, the gateway's."""
    return gateway_accounts.account_here() or runtime().gateway.name


def _begin() -> datetime | None:
    """Take the look on; returns since when to read, or None while somebody else is at it."""
    gateway_accounts.learn()
    now, gateway = clock.now(), _books_here()
    with writing():
        insert_new(Look, gateway=gateway, charges=0, trouble="")
        last = db.session.get_one(Look, gateway, with_for_update=True)
        if last.is_under_way and not is_cut_off(last):
            return None
        last.begun_at, last.charges, last.trouble = now, 0, ""
        # What was seen by a clock that was ahead was seen by now at most.
        return min(last.seen_until, now) - OVERLAP if last.seen_until else now - FIRST_LOOK


def _change_look(**values: object) -> None:
    with writing():
        db.session.execute(update(Look).where(Look.gateway == _books_here()).values(values))


def _compare_since(since: datetime, begun_at: datetime) -> int:
    doubled.note(since)  # which is in our own books, whatever the gateway says
    read, charged, set_aside = 0, set[str](), list[Charge]()
    for batch in _batches(_taken(runtime().gateway.charges(since), set_aside)):
        _judge(batch)
        read += len(batch)
        charged.update(charge.session for charge in batch)
        _change_look(charges=read)
    held.follow(since, set_aside)
    _find_paid_and_not_charged(since, begun_at, charged)
    _follow_disputes(is_first_of_the_day=(since + OVERLAP).date() != begun_at.date())
    fraud_warnings.check(since)
    return read


def _taken(charges: Iterable[Charge], set_aside: list[Charge]) -> Iterator[Charge]:
    """Those of this shop's by which money has moved; the others are put into `set_aside`."""
    for charge in charges:
        if charge.session and charge.is_taken:
            yield charge
        elif charge.session:
            set_aside.append(charge)


def _batches(charges: Iterable[Charge]) -> Iterator[list[Charge]]:
    """Charges that are sorted by session, in batches that part no session's."""
    batch: list[Charge] = []
    for charge in charges:
        if len(batch) >= BATCH and batch[-1].session != charge.session:
            yield batch
            batch = []
        batch.append(charge)
    if batch:
        yield batch


def _judge(charges: Sequence[Charge]) -> None:
    """Put right what asking can put right, and note the differences that are left."""
    found, known = _compared(charges)
    wrong = {difference.session for difference in found if _put_right(difference, known)}
    disputed = {charge.session for charge in charges if charge.disputed and charge.session in known}
    for session in disputed:
        refunds.follow(session)
    if wrong | disputed:
        found, _ = _compared(charges)
    _note(found, {charge.session for charge in charges})
    for charge in charges:
        if charge.session not in known:
            from_books.take_up_alone(charge.reference, charge.refunded)


def _compared(charges: Sequence[Charge]) -> tuple[list[Difference], Collection[str]]:
    """The differences, and which sessions are ours.

    Ours are read after the gateway's: what was charged there has been in flight here, at least, ever since.
    """
    known = ours(PaymentSession.id.in_({charge.session for charge in charges}))
    return compare(known.values(), map(theirs_of, charges)), known.keys()


def _put_right(difference: Difference, known: Collection[str]) -> bool:
    """Ask the gateway about a session of ours; whether there was anything to ask."""
    if difference.verdict in (Verdict.REFUNDED_NOT_HERE, Verdict.REFUNDED_NOT_THERE):
        return refunds.follow(difference.session)
    if difference.verdict is Verdict.CHARGED_NOT_PAID and difference.session in known:
        return gateway_calls.ask(difference.session, ACTOR) is not None
    return False


def _note(found: Collection[Difference], judged: Collection[str]) -> None:
    """Note what was found, and that what was noted before of these sessions and is no more is settled."""
    if not found and not _open_findings_of(judged):
        return  # the ordinary case, which costs no write
    with writing():
        for each in found:
            findings.add(each.verdict, each.session, each.reference, each.amount, each.currency, each.detail)
        still = {(each.verdict, each.session, each.reference) for each in found}
        gone = [
            finding.id
            for finding in _open_findings_of(judged)
            if (finding.verdict, finding.session, finding.reference) not in still
        ]
        findings.settle(gone, ACTOR, AGREED)


def _open_findings_of(sessions: Collection[str]) -> Sequence[Finding]:
    query = select(Finding).where(IS_OPEN, Finding.verdict.in_(DIFFERENCES), Finding.session.in_(sessions))
    return db.session.scalars(query).all()


def _find_paid_and_not_charged(since: datetime, until: datetime, charged: Collection[str]) -> None:
    """Of the sessions paid here in that time, those that the gateway has no charge for, by its own word."""
    paid = select(
        PaymentSession.id,
        PaymentSession.reference,
        PaymentSession.amount,
        PaymentSession.currency,
        PaymentSession.customer,
        PaymentSession.order_reference,
    ).where(
        PaymentSession.state == State.COMPLETED,
        gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway),
        PaymentSession.ended_at.between(since, until),
    )
    db.session.rollback()
    in_question = [Handle(*row) for row in db.session.execute(paid) if row.id not in charged]
    db.session.rollback()
    for handle in in_question:
        if runtime().gateway.balance(handle).charged == 0:
            detail = "paid here, and the gateway knows of no charge"
            _note(
                [Difference(Verdict.PAID_NOT_CHARGED, handle.session, detail, "", handle.amount, handle.currency)], []
            )


def _follow_disputes(is_first_of_the_day: bool) -> None:
    """A dispute is decided weeks after the charge, and may come after a refund; until then each look asks what became
    of it. What was lost may be won after all, and is asked about once a day."""
    stages = [*UNDECIDED, DisputeStage.LOST] if is_first_of_the_day else [*UNDECIDED]
    db.session.rollback()
    disputed = select(PaymentSession.id).where(
        PaymentSession.disputed_at.is_not(None),
        PaymentSession.dispute.in_(stages),
        (PaymentSession.dispute != DisputeStage.LOST) | (PaymentSession.disputed_at > clock.now() - MAY_BE_WON_FOR),
        gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway),
    )
    for session in db.session.scalars(disputed).all():
        refunds.follow(session)
