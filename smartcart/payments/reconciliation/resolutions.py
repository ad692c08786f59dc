"""What a person does about a finding: fulfil the order, give the money back, or have seen it. Each once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.books import Balance
from smartcart.gateways.protocol import GatewayError, Handle
from smartcart.ids import new_id
from smartcart.payments.core import findings, gateway_accounts, queries
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.refusals import Refused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, fraud_warnings
from smartcart.payments.reconciliation import held
from smartcart.payments.refunds import calls
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import PAID, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop import restocking

UNSETTLED = (
    "The gateway does not confirm this charge when it is asked, so nothing was changed. Try again in a while, or look"
    " it up on the gateway's own pages."
)
TOO_LATE = "It is disputed by now, or was given back, so nothing more was given back."
GOES_BACK = "The money is being given back; the payment's page tells when it is done."
NOT_RELEASED = "The gateway does not say that the sum is free, so nothing was changed here. Try again in a while."
FULFILLED, GIVEN_BACK, RELEASED, SEEN = "the order is paid", "given back", "given free", "seen"


@dataclass(frozen=True)
class Done:
    """What came of it, in a sentence; `settled` is whether nothing is left to do."""

    settled: bool
    told: str


def session_of(finding: Finding) -> PaymentSession | None:
    """The session of ours that a finding is about, as it is on record now."""
    db.session.rollback()
    return db.session.get(PaymentSession, finding.session, populate_existing=True)


def sessions_of(findings: Collection[Finding]) -> dict[str, PaymentSession]:
    """The sessions of ours that findings are about, by id."""
    ids = {finding.session for finding in findings}
    found = db.session.scalars(select(PaymentSession).where(PaymentSession.id.in_(ids)))
    return {session.id: session for session in found}


def pays_no_order(finding: Finding, session: PaymentSession | None) -> bool:
    """Whether it is about a charge that no order is paid by: of no session of ours, its second, or of another sum."""
    if session is None:
        return True
    if finding.verdict is Verdict.AMOUNT_WRONG:
        return session.state not in PAID
    return bool(finding.reference and session.reference and finding.reference != session.reference)


def see(finding: Finding, actor: str) -> Done:
    """Somebody has seen it, and will see it no more unless something changes."""
    with writing():
        findings.settle([finding.id], actor, SEEN)
    return Done(settled=True, told="Marked as seen.")


def fulfil(finding: Finding, actor: str) -> Done:
    """Ask the gateway, write the money down, and take the stock again; or say why that cannot be done."""
    session = session_of(finding)
    if session is None or pays_no_order(finding, session):
        return Done(settled=False, told="There is no order for this charge in the shop, so it can only be given back.")
    session = desk.check(session.id, actor)
    if session.returning or session.state is State.REFUNDED:
        _settle(finding, actor, GIVEN_BACK)
        return Done(settled=True, told="The goods could not be had again, so the money goes back to the shopper.")
    if session.state is State.COMPLETED:
        _settle(finding, actor, FULFILLED)
        return Done(settled=True, told=f"The order {session.order_reference} is paid, and its goods are taken.")
    return Done(settled=False, told=UNSETTLED)


def refund(finding: Finding, actor: str, restock: bool = False) -> Done:
    """Give the charge back, once, whether or not a session of ours stands for it.

    Where that is wanted, the goods of the order that was paid by it go back on the shelf.
    """
    session = session_of(finding)
    if session is None or pays_no_order(finding, session):
        return _refund_charge(finding, actor)
    if finding.verdict is Verdict.FRAUD_WARNING and (told := _keeps_from_refunding(session.id)):
        return told
    session = desk.check(session.id, actor)  # money is written down before it goes back
    if session.returning:
        _settle(finding, actor, GIVEN_BACK)
        return Done(settled=True, told="The money is going back already.")
    if session.state is not State.COMPLETED and session.attempts == 0:  # as after a restore: nothing can be settled
        return _refund_charge(finding, actor)
    if session.state is not State.COMPLETED:
        return Done(settled=False, told=UNSETTLED)
    try:
        made = desk.refund(session.id, actor, reason="found in the gateway's books")
    except Refused as refusal:
        return Done(settled=False, told=refusal.detail)
    back = restocking.put_all_back(session.order_id) if restock and _moves(made) and session.order_id else 0
    _settle(finding, actor, GIVEN_BACK)
    return Done(settled=True, told=GOES_BACK + (f" {back} of its goods are back on the shelf." if back else ""))


def release(finding: Finding, actor: str) -> Done:
    """Give a sum free that is set aside for nothing. If it was taken meanwhile, that is written down."""
    if elsewhere := _keeps_from_asking(finding):
        return elsewhere
    closing = held.close(finding)
    if closing is OutcomeKind.NOT_CHARGED:
        _settle(finding, actor, RELEASED)
        return Done(settled=True, told="The sum is given free. The shopper's bank may show it for some days more.")
    if closing is OutcomeKind.APPROVED and (session := session_of(finding)):
        desk.check(session.id, actor)
        return Done(
            settled=False, told="It was taken at the gateway meanwhile. The payment's page tells what it is now."
        )
    return Done(settled=False, told=NOT_RELEASED)


def _moves(refund: Refund) -> bool:
    return refund.state is not RefundState.REFUSED


def _keeps_from_refunding(session_id: str) -> Done | None:
    """What a refund after a warning is not made for: the gateway is asked once more whether it may still spare a
    dispute."""
    asked: list[bool] = []
    desk.in_background(lambda: asked.append(calls.follow(session_id) and fraud_warnings.follow(session_id)))
    if asked != [True]:
        return Done(settled=False, told="The gateway could not be asked just now. Nothing was given back.")
    if queries.find(session_id).disputed or not fraud_warnings.is_open(session_id):
        return Done(settled=True, told=TOO_LATE)
    return None


def _refund_charge(finding: Finding, actor: str) -> Done:
    if elsewhere := _keeps_from_asking(finding):
        return elsewhere
    balance = _balance_of(finding)
    if balance is None:
        return Done(settled=False, told="The gateway could not be asked just now. Nothing was given back.")
    left = balance.charged - balance.refunded - balance.pending - balance.lost
    if left <= 0:
        _settle(finding, actor, GIVEN_BACK)
        return Done(settled=True, told="The gateway says that nothing of this charge is left to be given back.")
    refund_id = _request(finding, left, actor)
    if refund_id is None:
        return Done(settled=True, told="Somebody has looked after this already.")
    desk.in_background(lambda: calls.make(refund_id, actor))
    return Done(settled=True, told="The charge is being given back. It comes up here again if the gateway refuses.")


def _keeps_from_asking(finding: Finding) -> Done | None:
    """What is in the books of another account cannot be changed now."""
    if not finding.account or gateway_accounts.is_here(gateway_accounts.gateway_of(finding.account), finding.account):
        return None
    return Done(settled=False, told=f"This charge is in the books of {finding.account}. Give it back there.")


def _request(finding: Finding, amount: int, actor: str) -> str | None:
    """Write the refund down, together with the word that the finding is looked after; None if it was before."""
    refund_id = new_id()
    with writing():
        if not findings.settle([finding.id], actor, GIVEN_BACK):
            return None
        db.session.add(
            Refund(
                id=refund_id,
                reference=finding.reference,
                account=finding.account,
                amount=amount,
                currency=finding.currency,
                reason="a charge without an order",
                actor=actor,
                requested_at=clock.now(),
                due_at=clock.now() + timedelta(seconds=runtime().lease),
            )
        )
    return refund_id


def _balance_of(finding: Finding) -> Balance | None:
    """What stands of the finding's charge; None when the gateway does not say so within a moment."""
    if not finding.reference:
        return Balance(0, 0)
    handle = Handle(finding.session, finding.reference, finding.amount, finding.currency)
    answers: list[Balance] = []

    def ask() -> None:
        try:
            answers.append(runtime().gateway.balance(handle))
        except GatewayError:
            return

    desk.in_background(ask)
    return answers[0] if answers else None


def _settle(finding: Finding, actor: str, settlement: str) -> None:
    with writing():
        findings.settle([finding.id], actor, settlement)
