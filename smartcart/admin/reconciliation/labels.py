"""What a finding is called, what it means, and what can be done about it."""

from smartcart.payments.core.finding_model import Finding
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.payment_states import PAID, State
from smartcart.rules.verdicts import Verdict

UNKNOWN_HERE = "Money for no payment of ours"

TITLES = {
    Verdict.CHARGED_TWICE: "Charged twice",
    Verdict.CHARGED_NOT_PAID: "Charged, and not paid here",
    Verdict.PAID_NOT_CHARGED: "Paid here, and not charged",
    Verdict.AMOUNT_WRONG: "Another amount was charged",
    Verdict.REFUNDED_NOT_HERE: "Given back there, and not here",
    Verdict.REFUNDED_NOT_THERE: "Given back here, and not there",
    Verdict.REFUND_WANTED: "A shopper wants the money back",
    Verdict.LATE_MONEY: "Money that came late",
    Verdict.REFUNDED_ELSEWHERE: "Given back at the gateway",
    Verdict.REFUND_REFUSED: "Money that could not be given back",
    Verdict.REFUND_FAILED: "Given back, and it has come back",
    Verdict.DISPUTED: "A payment is disputed",
    Verdict.DISPUTE_LOST: "A dispute was lost",
    Verdict.FRAUD_WARNING: "A payment may be fraud",
    Verdict.BEGUN_ELSEWHERE: "Begun with another account",
    Verdict.DOUBLED: "Ordered and paid twice, it seems",
    Verdict.HELD_NOT_HERE: "Still set aside, and over here",
    Verdict.HELD_NOT_THERE: "Set aside here, and not there",
}
MEANINGS = {
    Verdict.CHARGED_TWICE: "The gateway holds more than one charge for this payment. The shopper is owed the other.",
    Verdict.CHARGED_NOT_PAID: "The gateway has the money, and the shop could not settle it by asking.",
    Verdict.PAID_NOT_CHARGED: "The order counts as paid, and the gateway knows of no charge. Look it up on the"
    " gateway's own pages before anything is sent.",
    Verdict.AMOUNT_WRONG: "An order is never paid by another sum. Look at both before anything is sent.",
    Verdict.REFUNDED_NOT_HERE: "The shop takes it up by itself as soon as the gateway answers.",
    Verdict.REFUNDED_NOT_THERE: "The shopper was told of money that the gateway has not given back, or has taken back."
    " Look it up on the gateway's own pages.",
    Verdict.REFUND_WANTED: "They had asked to cancel, and the money had been taken before. Give it back before anything"
    " is sent, or write to them why not.",
    Verdict.REFUNDED_ELSEWHERE: "Somebody gave it back on the gateway's own pages. The shop has taken it up.",
    Verdict.REFUND_FAILED: "The shopper's bank did not take it, as when a card is closed. The shopper was told so. Pay"
    " it another way, by bank transfer for example: ask where to.",
    Verdict.REFUND_REFUSED: "The gateway refused. Its own pages tell why; then try again from the payment's page.",
    Verdict.DISPUTED: "Answer it on the gateway's own pages before its time is over. Until it is decided, most gateways"
    " refuse to give the money back.",
    Verdict.FRAUD_WARNING: "The card's issuer warns of it, and the payment may soon be disputed. Until then it can be"
    " given back, which may spare the dispute and its fee; look at the order before anything is sent.",
    Verdict.BEGUN_ELSEWHERE: "Only the account that it was begun with knows whether money was taken.",
    Verdict.DOUBLED: "Somebody has paid for the same things twice within a day, and has not said that this is meant."
    " Ask them before both are sent, or give one back.",
    Verdict.HELD_NOT_HERE: "The gateway still keeps a sum set aside for a payment that is over. Nothing was taken, but"
    " the shopper cannot use that sum. Give it free.",
    Verdict.HELD_NOT_THERE: "It was given free on the gateway's own pages, or has lapsed, before anybody here decided."
    " Nothing was taken, and the order was given up. Write to the shopper if you would have sent it.",
    Verdict.DISPUTE_LOST: "The shopper's bank has got the money back for the shopper. There is nothing more to return.",
}


def finding_title(finding: Finding, session: PaymentSession | None) -> str:
    if session is None and finding.verdict is Verdict.CHARGED_NOT_PAID:
        return UNKNOWN_HERE
    return TITLES[finding.verdict]


def finding_meaning(finding: Finding, session: PaymentSession | None) -> str:
    """What it means, and what to do about it."""
    if session is None and finding.verdict is Verdict.CHARGED_NOT_PAID:
        return (
            "The gateway has money with this shop's mark on it, and no payment of that name is on record here, as after"
            " an older backup was put back. It can be given back."
        )
    if finding.verdict is Verdict.LATE_MONEY:
        return f"The payment was over when its money came. {_since_then(session)}"
    return MEANINGS[finding.verdict]


def may_fulfil(finding: Finding, session: PaymentSession | None) -> bool:
    return finding.verdict is Verdict.CHARGED_NOT_PAID and session is not None


def may_refund(finding: Finding, session: PaymentSession | None) -> bool:
    """Whether it can be given back from the inbox; what is on record here is given back on the payment's own page."""
    of_another_sum = finding.verdict is Verdict.AMOUNT_WRONG and session is not None and session.state not in PAID
    stray = finding.verdict in (Verdict.CHARGED_NOT_PAID, Verdict.CHARGED_TWICE)
    return (stray or of_another_sum or _may_be_fraud(finding, session)) and bool(finding.reference)


def may_release(finding: Finding) -> bool:
    """Whether there is a sum that is set aside for nothing."""
    return finding.verdict is Verdict.HELD_NOT_HERE


def _may_be_fraud(finding: Finding, session: PaymentSession | None) -> bool:
    """Whether there is a warning, and money that can still go back: not while it is disputed."""
    if finding.verdict is not Verdict.FRAUD_WARNING or session is None:
        return False
    return session.state is State.COMPLETED and not session.disputed and not session.returning


def _since_then(session: PaymentSession | None) -> str:
    if session is None:
        return ""
    if session.state is State.REFUNDED:
        return "It was given back."
    if session.returning:
        return "The goods could not be had again, so it is being given back by itself."
    return "The goods could be had again, so the order is paid."
