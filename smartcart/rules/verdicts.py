"""Ours against theirs: the shop's books held against the gateway's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol, TypeVar

from smartcart.rules.payment_states import IN_FLIGHT, PAID, State


class Verdict(StrEnum):
    """A difference between the books; in the second row, what was no difference for long, and a person should know; in
    the third, what is set aside by one of the books alone; then what is in no books that can be read now; in the last,
    what both books have, and looks like a slip."""

    CHARGED_TWICE = "charged_twice"
    CHARGED_NOT_PAID = "charged_not_paid"
    PAID_NOT_CHARGED = "paid_not_charged"
    AMOUNT_WRONG = "amount_wrong"
    REFUNDED_NOT_HERE = "refunded_not_here"
    REFUNDED_NOT_THERE = "refunded_not_there"

    REFUND_WANTED = "refund_wanted"
    LATE_MONEY = "late_money"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"
    REFUND_REFUSED = "refund_refused"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"
    FRAUD_WARNING = "fraud_warning"

    HELD_NOT_HERE = "held_not_here"
    HELD_NOT_THERE = "held_not_there"

    BEGUN_ELSEWHERE = "begun_elsewhere"

    DOUBLED = "doubled"


DIFFERENCES = frozenset(
    {
        Verdict.CHARGED_TWICE,
        Verdict.CHARGED_NOT_PAID,
        Verdict.PAID_NOT_CHARGED,
        Verdict.AMOUNT_WRONG,
        Verdict.REFUNDED_NOT_HERE,
        Verdict.REFUNDED_NOT_THERE,
    }
)


@dataclass(frozen=True)
class Ours:
    """What the shop's books say of a payment session; amounts in minor units.

    `refunded` was given back, `requested` is being given back; `reference` is where it should have been charged.
    """

    session: str
    state: State
    amount: int
    currency: str
    refunded: int = 0
    requested: int = 0
    reference: str | None = None


@dataclass(frozen=True)
class Theirs:
    """What the gateway's books say of a charge; `amount` and `refunded` in minor units, `order` what it was for."""

    session: str
    amount: int
    currency: str
    refunded: int
    reference: str = ""
    disputed: bool = False
    order: str = ""


class Standing(NamedTuple):
    """What tells whether the books may differ about a session of ours: one of a million, so it is kept short."""

    session: str
    state: str
    amount: int
    currency: str
    refunded: int


class ChargeInBooks(Protocol):
    """The same of a charge, whatever else is known of it."""

    @property
    def session(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def refunded(self) -> int: ...


Line = TypeVar("Line", bound=ChargeInBooks)


@dataclass(frozen=True)
class Difference:
    """One difference. `reference` and `amount` are of the charge that should not be there, where there is one."""

    verdict: Verdict
    session: str
    detail: str
    reference: str = ""
    amount: int = 0
    currency: str = ""


def in_question(ours: Iterable[Standing], theirs: Iterable[Line]) -> Iterator[tuple[str, Sequence[Line]]]:
    """Of all sessions in any of the books, those about which they may differ, each with its charges.

    Both come sorted by session, and are read once and side by side, theirs first. Of all others `compare` finds nothing
    to say.
    """
    charges = ((session, list(charged)) for session, charged in groupby(theirs, attrgetter("session")))
    end: tuple[str | None, list[Line]] = (None, [])
    session, charged = next(charges, end)
    for payment in ours:
        while session is not None and session < payment.session:
            yield session, charged
            session, charged = next(charges, end)
        if session != payment.session:
            if payment.state == State.COMPLETED:
                yield payment.session, []
            continue
        if not _agree(payment, charged):
            yield payment.session, charged
        session, charged = next(charges, end)
    if session is not None:
        yield session, charged
        yield from charges


def _agree(payment: Standing, charges: Sequence[ChargeInBooks]) -> bool:
    """Whether there is certainly nothing to say. Of what was given back only sums that are the same are certain."""
    charge, *others = charges
    return (
        not others
        and (charge.amount, charge.currency) == (payment.amount, payment.currency)
        and (payment.state in IN_FLIGHT or (payment.state in PAID and charge.refunded == payment.refunded))
    )


def compare(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> list[Difference]:
    """Every difference between the books, by session.

    Of a session in flight only the sums are judged: the shop says of itself that it does not know yet, and of another
    sum it never takes a session for paid.
    """
    charges: dict[str, list[Theirs]] = defaultdict(list)
    for charge in theirs:
        charges[charge.session].append(charge)
    found: list[Difference] = []
    for payment in ours:
        charged = charges.pop(payment.session, [])
        found += _of_sums(payment, charged) if payment.state in IN_FLIGHT else _differences(payment, charged)
    for unknown in charges.values():
        order = f"{unknown[0].order}, of " if unknown[0].order else ""
        detail = f"{_sums(unknown)} charged for {order}a session the shop does not have"
        found += [_about(Verdict.CHARGED_NOT_PAID, charge, detail) for charge in unknown if _stands(charge)]
    return found


def _differences(payment: Ours, charges: list[Theirs]) -> list[Difference]:
    # The session's own charge comes first, so that another one counts as the second.
    standing = sorted(filter(_stands, charges), key=lambda charge: charge.reference != payment.reference)
    found = []
    if len(standing) > 1:
        detail = f"{_sums(standing)} charged in {len(standing)} charges"
        found.append(_about(Verdict.CHARGED_TWICE, standing[-1], detail))
    if payment.state is State.COMPLETED and not charges:
        detail = "paid here, and no charge stands at the gateway"
        found.append(
            Difference(Verdict.PAID_NOT_CHARGED, payment.session, detail, "", payment.amount, payment.currency)
        )
    if payment.state not in PAID and standing:
        detail = f"{_sums(standing)} charged, and the session is {payment.state}"
        found.append(_about(Verdict.CHARGED_NOT_PAID, standing[0], detail))
    if payment.state in PAID and len(charges) == 1:
        found += _of_refunds(payment, charges[0])
    return found + _of_sums(payment, charges)


def _of_sums(payment: Ours, charges: list[Theirs]) -> list[Difference]:
    """Charges of another sum than the session's."""
    wrong = [each for each in charges if (each.amount, each.currency) != (payment.amount, payment.currency)]
    return [
        _about(Verdict.AMOUNT_WRONG, each, f"{_sums([each])} charged instead of {payment.amount} {payment.currency}")
        for each in wrong
    ]


def _of_refunds(payment: Ours, charge: Theirs) -> list[Difference]:
    """Differences in what was given back. A lost dispute is in our sum, and in the gateway's books it is no refund."""
    detail = f"{charge.refunded} {charge.currency} given back there, and {payment.refunded} here"
    if charge.refunded > payment.refunded + payment.requested:
        return [_about(Verdict.REFUNDED_NOT_HERE, charge, detail)]
    if charge.refunded < payment.refunded and not charge.disputed:
        return [_about(Verdict.REFUNDED_NOT_THERE, charge, detail)]
    return []


def _stands(charge: Theirs) -> bool:
    return charge.refunded < charge.amount


def _about(verdict: Verdict, charge: Theirs, detail: str) -> Difference:
    return Difference(verdict, charge.session, detail, charge.reference, charge.amount, charge.currency)


def _sums(charges: list[Theirs]) -> str:
    return " + ".join(f"{charge.amount} {charge.currency}" for charge in charges)
