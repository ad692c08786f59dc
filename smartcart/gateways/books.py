"""What a gateway's books say: charges, refunds, what stands of a reference, and what issuers have warned of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

# Of a line of the books whose sum is set aside: nothing of it was taken.
AUTHORIZED = "authorized"


class Charge(NamedTuple):
    """A line of the gateway's books; `amount` and `refunded` in minor units, `charged_at` in UTC.

    `status` is charged or refunded, or else nothing of it was taken: `authorized` as long as the sum is set aside.
    `session` is empty when it was not this shop that charged, and so is `order`, what was paid for. `disputed`: the
    shopper's bank asks, or has asked, for the money back.
    """

    reference: str
    session: str
    attempt: int
    amount: int
    currency: str
    status: str
    charged_at: datetime
    refunded: int
    disputed: bool = False
    order: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether money has moved by it, and is not only set aside."""
        return self.status != AUTHORIZED


class RefundAnswer(StrEnum):
    """What a gateway says of a refund. Only `refused` proves that nothing was given back by it; it may be said of one
    that was made before, and has failed since."""

    MADE = "made"
    PENDING = "pending"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Trace:
    """How the shopper's bank finds a refund: by a `number` of this `kind`, in the gateway's word; empty where none is
    known, `is_expected` where it is to be told later. `is_reversal`: the charge itself was taken back before the bank
    had booked it, so that there is no credit to be found."""

    number: str = ""
    kind: str = ""
    is_expected: bool = False
    is_reversal: bool = False


UNTOLD = Trace()


@dataclass(frozen=True)
class RefundInBooks:
    """A refund as the gateway's books have it now; `amount` in minor units.

    `name` is the gateway's, `key` what we asked for it with, empty when it was not us. `pending_reason` says in the
    gateway's word what a pending one waits for, where it tells.
    """

    name: str
    key: str
    amount: int
    answer: RefundAnswer
    pending_reason: str = ""
    trace: Trace = UNTOLD


@dataclass(frozen=True)
class Balance:
    """What stands of a reference, in minor units.

    `refunded` was given back by refunds, whoever made them; `disputed` is what the shopper's bank asks for back now,
    and `lost` what it has got back for the shopper. Of what is disputed it only asks about `inquired` so far, and has
    taken no money for it; `answer_by` is until when the shop can answer the first question, if the gateway says so.
    `refunds` are all there ever were, oldest first.
    """

    charged: int
    refunded: int
    disputed: int = 0
    lost: int = 0
    inquired: int = 0
    answer_by: datetime | None = field(default=None, compare=False)
    refunds: tuple[RefundInBooks, ...] = ()

    @property
    def pending(self) -> int:
        """What is on its way back, and may still fail."""
        return sum(refund.amount for refund in self.refunds if refund.answer is RefundAnswer.PENDING)


@dataclass(frozen=True)
class FraudWarning:
    """Word of the card's issuer that a charge may be fraud; `kind` is the gateway's word for what.

    `is_actionable` for as long as giving the money back may spare a dispute.
    """

    reference: str
    kind: str
    is_actionable: bool
