"""Ours against theirs: the shop's books held against the gateway's."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from smartcart.rules.payment_states import IN_FLIGHT, State


class Verdict(StrEnum):
    """A difference between the books."""

    CHARGED_TWICE = "charged_twice"
    CHARGED_NOT_PAID = "charged_not_paid"
    PAID_NOT_CHARGED = "paid_not_charged"
    AMOUNT_WRONG = "amount_wrong"


@dataclass(frozen=True)
class Ours:
    """What the shop's books say of a payment session; `amount` in minor units."""

    session: str
    state: State
    amount: int
    currency: str


@dataclass(frozen=True)
class Theirs:
    """What the gateway's books say of a charge; `amount` and `refunded` in minor units."""

    session: str
    amount: int
    currency: str
    refunded: int


@dataclass(frozen=True)
class Difference:
    verdict: Verdict
    session: str
    detail: str


def compare(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> list[Difference]:
    """Every difference between the books, by session.

    A session in flight is not judged: the shop says of itself that it does not know yet.
    """
    charges: dict[str, list[Theirs]] = defaultdict(list)
    for charge in theirs:
        charges[charge.session].append(charge)
    found: list[Difference] = []
    for payment in ours:
        found += _differences(payment, charges.pop(payment.session, []))
    for session, unknown in charges.items():
        found.append(
            Difference(
                Verdict.CHARGED_NOT_PAID, session, f"{_sums(unknown)} charged for a session the shop does not have"
            )
        )
    return found


def _differences(payment: Ours, charges: list[Theirs]) -> list[Difference]:
    if payment.state in IN_FLIGHT:
        return []
    standing = [charge for charge in charges if charge.refunded < charge.amount]
    found = []
    if len(standing) > 1:
        found.append(
            Difference(Verdict.CHARGED_TWICE, payment.session, f"{_sums(standing)} charged in {len(standing)} charges")
        )
    if payment.state is State.COMPLETED and not standing:
        found.append(
            Difference(Verdict.PAID_NOT_CHARGED, payment.session, "paid here, and no charge stands at the gateway")
        )
    if payment.state is not State.COMPLETED and standing:
        found.append(
            Difference(
                Verdict.CHARGED_NOT_PAID,
                payment.session,
                f"{_sums(standing)} charged, and the session is {payment.state}",
            )
        )
    for charge in charges:
        if (charge.amount, charge.currency) != (payment.amount, payment.currency):
            detail = f"{charge.amount} {charge.currency} charged instead of {payment.amount} {payment.currency}"
            found.append(Difference(Verdict.AMOUNT_WRONG, payment.session, detail))
    return found


def _sums(charges: list[Theirs]) -> str:
    return " + ".join(f"{charge.amount} {charge.currency}" for charge in charges)
