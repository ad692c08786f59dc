"""What is remembered of payments. The constraints hold the promises even against a wrong line of code.

Only `record` writes these rows. Amounts are whole minor units; moments are UTC.

A session is met in seven shapes. What follows from its columns is said once, in `session_facts`.

- `PaymentSession`, the row: what is remembered. Whoever reads one at leisure has it: the desk, the API, the admin.
- `locked_session.LockedSession`: what `record` decides on and changes, read under the row's lock. As an entity it would
  take four times as long.
- `queries.Standing`: what a question to the gateway needs, with the last attempt, as values: so that no transaction is
  open while it is asked.
- `page.snapshot.Snapshot`: what the payment page's status shows; the poll reads it by the bare driver, before Flask.
- `page.session_with_order.SessionWithOrder`: what all of that page shows, read likewise.
- `api.shown.ShownSession`: what the API shows, read likewise.
- `own_payments.OwnPayment`: what every page of the shop tells of the shopper's own payments, in eleven columns.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.payments.core.session_facts import ChargeFacts, ShownFacts
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.money import LARGEST_AMOUNT
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, OPEN, PAID, State
from smartcart.shop.models import Order


def _is_one_of(states: frozenset[State]) -> Any:
    return text("state IN (" + ", ".join(f"'{state}'" for state in sorted(states)) + ")")


# As the partial indexes below say it, to the letter: a database takes such an index for no other way of saying it.
IS_OPEN = _is_one_of(OPEN)
IS_AT_REST = _is_one_of(AT_REST)
IS_IN_FLIGHT = _is_one_of(IN_FLIGHT)
IS_PAID = _is_one_of(PAID)
MAY_BE_TAKEN = _is_one_of(OPEN - AT_REST)  # under way, in the dark, or set aside
IS_TO_KEEP = text("keep_method")
# All but completed, which most are: of those the newest tell enough.
IS_IN_STATE = {state: text(f"state = '{state}'") for state in sorted(frozenset(State) - {State.COMPLETED})}
NEEDS_A_PERSON = text("needs_person_at IS NOT NULL")
IS_OF_SHOP = text("merchant = ''")
IS_GIVEN_BACK = text("refunded > 0")
HAS_ORDER = text("order_id IS NOT NULL")
IS_JUDGED = text("kind = 'judged'")
IS_TO_BE_RETURNED = text(f"refund_due AND state = '{State.COMPLETED}' AND needs_person_at IS NULL")
# Of a long random text an index needs six characters, which few of a million share: with all of them the indexes would
# be a tenth of what a payment leaves. Of a session's id they are the first; of a reference the last of the sandbox's
# and of Stripe's (`pi_`, and 24 more), and of another they only find less quickly. Who looks for a text says both,
# these and the whole, and the whole as an expression: SQLite puts what a column is equal to into all else that is said
# of it (https://www.sqlite.org/optoverview.html, on constant propagation), which fits no index any more.
BEGINNING, LATER_PART = slice(0, 6), slice(21, 27)
SESSION_BEGINS = literal_column("substr(session_id, 1, 6)", String)
REFERENCE_PART = literal_column("substr(reference, 22, 6)", String)


class EventKind(StrEnum):
    """What a line of the audit trail tells."""

    OPENED = "opened"
    MOVED = "moved"
    EXTENDED = "extended"
    CANCEL_REQUESTED = "cancel_requested"
    INTERRUPTED = "interrupted"
    ASKED = "asked"
    NEEDS_PERSON = "needs_person"
    REFUND_DUE = "refund_due"
    TOLD = "told"
    REFUND_REQUESTED = "refund_requested"
    REFUND_MADE = "refund_made"
    REFUND_REFUSED = "refund_refused"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    JUDGED = "judged"


class PaymentSession(ChargeFacts, ShownFacts, Base):
    """One order's way to being paid.

    `merchant` is the id of the API key that opened it, empty for an order of the shop. `due_at` is when the reconciler
    must look at it, and None when nobody has to. `account` is whose books at the gateway it is in, empty as long as
    that is not known. `advice` is what the bank said of another try with the same card, and `not_before` when that may
    be, if it said so. `action_secret` is what the gateway's own script needs to let the shopper confirm in the page,
    `refunded` what was given back so far, `refund_pending` what is on its way back, `refund_failed` what was to go back
    and is with the shop still, `refund_wanted_at` when who had cancelled too late asked for it, `letter_wanted_at` when
    who saw it checked asked for a letter once it is known, `customer` the shopper at a gateway that keeps cards,
    `keep_method` whether the shopper lets it keep the one that is used now, and `released_at` when what was set aside
    was given free, or lapsed.
    """

    __tablename__ = "payment_session"
    __table_args__ = (
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_AMOUNT}", name="amount_in_range"),
        CheckConstraint("attempts BETWEEN 0 AND max_attempts", name="attempts_in_range"),
        CheckConstraint("unsent = 0 OR unsent BETWEEN 1 AND attempts", name="unsent_in_range"),
        CheckConstraint("refunded = 0 OR refunded BETWEEN 1 AND amount", name="refunded_in_range"),
        partial_index("uq_payment_session_open", "merchant", "order_reference", of=IS_OPEN, unique=True),
        Index("ix_payment_session_order", "order_reference", "merchant"),
        Index("ix_payment_session_ended", "ended_at"),
        Index("ix_payment_session_opened_at", "created_at"),
        partial_index("ix_payment_session_given_back", "created_at", of=IS_GIVEN_BACK),
        partial_index("ix_payment_session_disputed", "disputed_at", of=text("disputed_at IS NOT NULL")),
        Index("ix_payment_session_reference", REFERENCE_PART),
        # A merchant's session has an owner by the merchant's own name, and no order of the shop.
        partial_index("ix_payment_session_owner", "owner", of=IS_OF_SHOP),
        partial_index("ix_payment_session_order_id", "order_id", of=HAS_ORDER),
        partial_index("ix_payment_session_due", "due_at", of=text("due_at IS NOT NULL")),
        partial_index("ix_payment_session_expiry", "expires_at", of=IS_AT_REST),
        partial_index("ix_payment_session_to_keep", "ended_at", of=IS_TO_KEEP),
        partial_index("ix_payment_session_active", "created_at", "id", of=IS_OPEN),
        # One for each state: one with the state in front would be taken for other questions about open sessions, too.
        *(
            partial_index(f"ix_payment_session_{state}", "created_at", "id", of=is_in)
            for state, is_in in IS_IN_STATE.items()
        ),
        partial_index("ix_payment_session_active_at_gateway", "gateway", "account", of=IS_OPEN),
        partial_index("ix_payment_session_needs_person", "needs_person_at", of=NEEDS_A_PERSON),
        # The same, the newest first, and by their orders: nearly no payment is ever in them.
        partial_index("ix_payment_session_needs_person_opened", "created_at", "id", of=NEEDS_A_PERSON),
        partial_index("ix_payment_session_needs_person_order", "order_id", of=NEEDS_A_PERSON),
        partial_index("ix_payment_session_to_be_returned", "ended_at", of=IS_TO_BE_RETURNED),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    merchant: Mapped[str] = mapped_column(String(40), default="")
    order_reference: Mapped[str] = mapped_column(String(120))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("shop_order.id"))
    amount: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str] = mapped_column(String(500), default="")
    pay_url: Mapped[str] = mapped_column(String(500))
    return_url: Mapped[str] = mapped_column(String(2000), default="")
    merchant_data: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    state: Mapped[State] = mapped_column(stored_enum(State))
    version: Mapped[int] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    unsent: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)
    method: Mapped[str] = mapped_column(String(80), default="")
    gateway: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(255), default="")
    reference: Mapped[str | None] = mapped_column(String(255))

    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    extensions: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    cancel_requested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    interruption: Mapped[Interruption | None] = mapped_column(stored_enum(Interruption))
    interrupted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refusal_code: Mapped[str] = mapped_column(String(80), default="")
    advice: Mapped[Advice | None] = mapped_column(stored_enum(Advice))
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)
    action_url: Mapped[str] = mapped_column(String(2000), default="")
    action_secret: Mapped[str] = mapped_column(String(255), default="")
    retry_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refund_due: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    looks: Mapped[int] = mapped_column(default=0)
    needs_person_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refunded: Mapped[int] = mapped_column(MinorUnits, default=0)
    refund_pending: Mapped[int] = mapped_column(MinorUnits, default=0)
    refund_failed: Mapped[int] = mapped_column(MinorUnits, default=0)
    disputed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dispute: Mapped[DisputeStage | None] = mapped_column(stored_enum(DisputeStage))
    answer_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refund_wanted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    letter_wanted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    customer: Mapped[str] = mapped_column(String(255), default="")
    keep_method: Mapped[bool] = mapped_column(default=False)
    keep_after: Mapped[datetime | None] = mapped_column(UTCDateTime)

    order: Mapped[Order | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own way of saying it

    @property
    def disputed(self) -> bool:
        """Whether the shopper's bank asks for the money back, or has it back."""
        return self.disputed_at is not None


class Attempt(Base):
    """One try to charge, numbered from 1. `outcome` is empty as long as nobody knows.

    `confirm` and `set_aside` are what was asked of it besides charging (`rules.precautions`).
    `send_by` is of an attempt that had to wait for a thread, and empty from the moment that it may be sent: what has
    it has never left the house.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        CheckConstraint("number BETWEEN 1 AND max_attempts", name="number_in_range"),
        # Proof before retry, held by the database: no second attempt while the outcome of one is open.
        partial_index("uq_payment_attempt_undecided", "session_id", of=text("outcome IS NULL"), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("payment_session.id"))
    number: Mapped[int]
    max_attempts: Mapped[int]
    method: Mapped[str] = mapped_column(String(80))
    confirm: Mapped[bool] = mapped_column(default=False)
    set_aside: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[OutcomeKind | None] = mapped_column(stored_enum(OutcomeKind))
    interruption: Mapped[Interruption | None] = mapped_column(stored_enum(Interruption))
    code: Mapped[str] = mapped_column(String(80), default="")
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deadline_at: Mapped[datetime] = mapped_column(UTCDateTime)
    send_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    session: Mapped[PaymentSession] = relationship()

    @property
    def never_left(self) -> bool:
        """Whether it was given up, or taken back, while it waited for a thread."""
        return self.outcome is OutcomeKind.NOT_CHARGED and self.send_by is not None


class Event(Base):
    """A line of the audit trail: only ever added. The database refuses to change or delete it.

    `device` is the kind of device (`rules.devices`) at which the payment was opened or tried, and empty otherwise.
    """

    __tablename__ = "payment_event"
    __table_args__ = (
        Index("ix_payment_event_session", SESSION_BEGINS),
        partial_index("ix_payment_event_interruption", "at", of=text("interruption IS NOT NULL")),
        partial_index("ix_payment_event_judged", "at", of=IS_JUDGED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("payment_session.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[EventKind] = mapped_column(stored_enum(EventKind))
    actor: Mapped[str] = mapped_column(String(80))
    before: Mapped[State | None] = mapped_column(stored_enum(State, "before"))
    after: Mapped[State | None] = mapped_column(stored_enum(State, "after"))
    move: Mapped[str] = mapped_column(String(32), default="")
    attempt: Mapped[int | None]
    interruption: Mapped[Interruption | None] = mapped_column(stored_enum(Interruption))
    detail: Mapped[str] = mapped_column(String(500), default="")
    device: Mapped[str] = mapped_column(String(10), default="")
