"""A gateway as a test of its contract meets it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from smartcart.gateways.protocol import ChargeRequest, Gateway, Handle
from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.precautions import NO_PRECAUTION, Precaution

SESSION = "session-of-a-shopper"


@dataclass(frozen=True)
class Counter:
    """A gateway, its methods by what they do, and how the shopper answers its bank: reference, attempt, `confirmed`.

    `dispute` lets the shopper's bank dispute a whole charge: `open`, then `won` by the shop, or `lost`. `fail_refund`
    lets the refund that was made with a key come back. `wait` returns when it is some seconds later at the gateway,
    `wait_long` so many. `make` turns a way to pay into what one attempt can be made with.
    """

    gateway: Gateway
    approve: str
    decline: str
    challenge: str
    answer_bank: Callable[..., object]
    dispute: Callable[[Handle, str], object]
    fail_refund: Callable[[Handle, str], object]
    wait: Callable[[], object]
    wait_long: Callable[[int], object]
    make: Callable[[str], str] = str
    made: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def handle(self, session: str = SESSION) -> Handle:
        """What the shop knows of a session whose reference it has opened."""
        unopened = Handle(session, None, 4200, "EUR")
        return replace(unopened, reference=self.gateway.open(unopened, 30.0))

    def charge(
        self,
        handle: Handle,
        method: str,
        attempt: int = 1,
        keep: bool = False,
        precaution: Precaution = NO_PRECAUTION,
    ) -> Outcome:
        return self.gateway.charge(
            ChargeRequest(
                session=handle.session,
                reference=handle.reference or "",
                attempt=attempt,
                method=self._made(handle, method, attempt),
                amount=handle.amount,
                currency=handle.currency,
                timeout=30.0,
                return_url="https://shop.example/pay/return",
                customer=handle.customer,
                keep=keep,
                precaution=precaution,
            )
        )

    def _made(self, handle: Handle, method: str, attempt: int) -> str:
        """The same for the same attempt: that is what a request that is sent again has in it."""
        which = (handle.session, attempt, method)
        if which not in self.made:
            self.made[which] = self.make(method)
        return self.made[which]

    def confirm(self, handle: Handle) -> None:
        """The shopper says yes to the bank about the first attempt."""
        self.answer_bank(handle.reference or "", 1, confirmed=True)

    def refuse(self, handle: Handle) -> None:
        """The shopper says no to the bank about the first attempt."""
        self.answer_bank(handle.reference or "", 1, confirmed=False)

    def paid(self, session: str = SESSION) -> Handle:
        """A session that is charged."""
        handle = self.handle(session)
        assert self.charge(handle, self.approve).kind is OutcomeKind.APPROVED
        return handle

    def refunded(self) -> list[int]:
        """What was given back of every charge."""
        return [charge.refunded for charge in self.gateway.charges()]

    def charged(self) -> list[tuple[str, int]]:
        """Session and amount of every charge."""
        return [(charge.session, charge.amount) for charge in self.gateway.charges()]
