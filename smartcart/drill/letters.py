"""What letters said, held against the books of the moment in which they were sent. Values in, values out.

The words are the drill's own and not the shop's: who judges by what the judged one says it meant sees no untruth.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from smartcart.drill.judgement import Charged, OnRecord, Sight
from smartcart.outbox.models import EffectKind, Fate
from smartcart.rules.payment_states import ENDED_UNPAID, Money

# A letter says of the money whatever it has one of these words of, small letters and all white space alike.
WORDS = {
    Money.NOT_TAKEN: (
        "nothing was taken",
        "no money was taken",
        "no money has been taken",
        "took no money",
        "none took any money",
    ),
    Money.CHECKING: ("we don't know yet", "we are checking your payment", "making sure that no money can be taken"),
    Money.RESERVED: ("nothing is taken until the shop has looked", "told to set the sum free. if the shop"),
    Money.TAKEN: (
        "your money was taken",
        "paid. thank you!",
        "paid, and ",
        "paid before you cancelled",
        "your order is paid",
        "your order stays paid",
        "on its way back to you",
        "your money is being returned",
        "your money could not be returned",
        "did not take it",
    ),
    Money.RETURNED: ("your money was returned", "all of it was given back", "got your money back"),
}
RECEIPTS = (EffectKind.RECEIPT, EffectKind.LATE_MONEY)
# A way to pay: a recovery link, or a payment page.
WAY_TO_PAY = re.compile(r"/(?:resume|pay)/[\w-]{10,}")
TAG = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Mail:
    """A letter as it has come. `made_at` is by the shop's clock, `came_at` by the machine's; seconds since 1970.

    `parts` are its subject, its text and its HTML, each of which is to be true. `problem` says why there is none.
    """

    kind: str
    session: str
    fate: Fate
    made_at: float
    came_at: float
    parts: Sequence[str]
    problem: str = ""


def sights(mails: Iterable[Mail], clocks: Collection[int]) -> Iterator[Sight]:
    """What they said of the money, as any answer of the shop. `clocks` is by how much its clock was ahead, at times."""
    for mail in mails:
        for money in claims(mail):
            asked_at = _made_at(mail, clocks)
            yield Sight(mail.session, _name(mail), asked_at, max(asked_at, mail.came_at), money)


def claims(mail: Mail) -> set[Money]:
    """Where the money is, by its words; more than one where it contradicts itself."""
    said = " ".join(_plain(part) for part in mail.parts)
    return {money for money, words in WORDS.items() if any(word in said for word in words)}


def say_nothing(mails: Iterable[Mail]) -> list[str]:
    """Those that do not say where the money is, or that cannot be read."""
    return [
        f"session {mail.session}: the {_name(mail)} {mail.problem or 'says nothing of the money'}"
        for mail in mails
        if mail.problem or not claims(mail)
    ]


def asked_though_paid(
    mails: Iterable[Mail], sessions: Iterable[OnRecord], charges: Iterable[Charged], clocks: Collection[int]
) -> list[str]:
    """Those with a way to pay, to somebody whose order was paid before and stands."""
    orders = {session.session: session.order for session in sessions}
    paid = {orders.get(charge.session, charge.session): charge.surely_at for charge in charges if charge.standing}
    return [
        f"session {mail.session}: the {_name(mail)} asks to pay {asked_at - paid_at:.3f} s after the charge"
        for mail in mails
        if any(WAY_TO_PAY.search(part) for part in mail.parts)
        if (paid_at := paid.get(orders[mail.session])) is not None
        if paid_at <= (asked_at := _made_at(mail, clocks))
    ]


def missing(sessions: Iterable[OnRecord], charges: Iterable[Charged], mails: Iterable[Mail]) -> list[str]:
    """Orders of the shop that were charged, and of which no receipt was written, or more than one."""
    own = {session.session for session in sessions if session.order_status}
    receipts = Counter(mail.session for mail in mails if mail.kind in RECEIPTS and mail.fate is not Fate.SUPERSEDED)
    return [
        f"session {charge.session}: charged, and {receipts[charge.session]} receipts"
        for charge in charges
        if charge.session in own and receipts[charge.session] != 1
    ]


def refunds_not_told(
    sessions: Iterable[OnRecord], charges: Iterable[Charged], failed: Iterable[str], mails: Iterable[Mail]
) -> list[str]:
    """Sessions of the shop's own whose refund was made and stands, or is of the `failed`, and no letter said so."""
    own, written = (
        {session.session for session in sessions if session.order_status},
        {(m.kind, m.session) for m in mails},
    )
    made = [charge.session for charge in charges if charge.was_refunded and not charge.standing]
    owed = [(EffectKind.REFUND_MADE, each) for each in made] + [(EffectKind.REFUND_FAILED, each) for each in failed]
    return [
        f"session {session}: there is no letter ({kind})"
        for kind, session in owed
        if session in own and (kind, session) not in written
    ]


def owed(sessions: Collection[OnRecord], charges: Iterable[Charged], sights: Iterable[Sight]) -> list[str]:
    """The sessions of the shop's own that were tried and ended unpaid, and of which no answer has ever said so.

    Who ordered again knew it.
    """
    told = {charge.session for charge in charges} | {s.session for s in sights if s.money == Money.NOT_TAKEN}
    of_order = Counter(session.order for session in sessions)
    return [
        session.session
        for session in sessions
        if session.order_status and session.state in ENDED_UNPAID and session.attempts
        if session.session not in told and of_order[session.order] == 1
    ]


def not_told(owed: Iterable[str], mails: Iterable[Mail]) -> list[str]:
    """Those of them to whose shopper no letter has said that nothing was taken."""
    told = {mail.session for mail in mails if Money.NOT_TAKEN in claims(mail)}
    return [
        f"session {session}: it ended unpaid, and neither an answer nor a letter said so"
        for session in owed
        if session not in told
    ]


def left(mails: Iterable[Mail]) -> list[str]:
    """Those that nobody has carried out."""
    return [
        f"session {mail.session}: the {_name(mail)} {mail.fate}"
        for mail in mails
        if mail.fate in (Fate.WAITING, Fate.GIVEN_UP)
    ]


def _made_at(mail: Mail, clocks: Collection[int]) -> float:
    """By the right clock: it came a moment later."""
    return min((mail.made_at - ahead for ahead in clocks), key=lambda moment: abs(mail.came_at - moment))


def _plain(part: str) -> str:
    return " ".join(unescape(TAG.sub(" ", part)).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower().split())


def _name(mail: Mail) -> str:
    return f"letter ({mail.kind})"
